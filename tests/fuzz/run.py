"""Coverage-guided fuzzing of a target with atheris.

    python -m tests.fuzz.run TARGET FOLDER [DOCUMENTS ...] [options of libFuzzer]
    python -m tests.fuzz.run loading artefacts/fuzz tests/data -max_total_time=600

A target is a module in this folder. It defines

- `must_hold(data)`, which raises an exception if the code under test fails on these bytes,
- `seeds()`, the inputs to start from,
- `words()`, the dictionary of libFuzzer, and
- `mutated(data, max_size, seed)`, the custom mutator.

FOLDER keeps the inputs that reach new code in `corpus`, one input for each defect in `findings`, and slow inputs in
`slow`. Fuzzing continues after a finding; an input that takes far too long or too much memory ends it and is a finding.
DOCUMENTS are folders with more documents to start from.
"""

from __future__ import annotations

import resource
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import atheris

from tests.fuzz import mutation
from tests.fuzz.seeds import MAX_BYTES
from tests.fuzz.seeds import documents as documents_of

SECONDS = 20
"""Time limit for one input."""
SLOW = 4
"""Processor time from which an input counts as slow; wall time would include other processes."""
MEGABYTES = 1024
"""Memory limit of the process, beside the peak of the one that started it, which the system counts for this one."""


def main(target: str, folder: Path, *more: str) -> None:
    """Fuzz until a limit in the options of libFuzzer is reached."""
    options = [argument for argument in more if argument.startswith("-")]
    inherited = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    documents = [argument for argument in more if not argument.startswith("-")]
    corpus, findings, slow = (folder / name for name in ("corpus", "findings", "slow"))
    for made in (corpus, findings, slow):
        made.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["apig_nb"]):
        import apig_nb

        # Modules that are imported only when needed would not be instrumented.
        for name in _modules(Path(apig_nb.__path__[0])):
            import_module(name)
        module = import_module(f"tests.fuzz.{target}")
    if not any(corpus.iterdir()):
        seeds = {*module.seeds(), *(seed for name in documents for seed in documents_of(Path(name)))}
        for number, seed in enumerate(sorted(seeds)):
            (corpus / f"seed-{number}").write_bytes(seed)
    dictionary = folder / "words"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in sorted(set(module.words()))), "ascii")
    arguments = [
        sys.argv[0],
        f"-artifact_prefix={findings}/",
        f"-timeout={SECONDS}",
        f"-rss_limit_mb={inherited + MEGABYTES}",
        f"-max_len={MAX_BYTES}",
        f"-dict={dictionary}",
        *options,
        str(corpus),
    ]
    # atheris puts the function that works in its place when fuzzing starts.
    mutation.libfuzzer_mutate = lambda data, size: atheris.Mutate(data, size)
    atheris.Setup(arguments, _recording(module.must_hold, findings, slow), custom_mutator=module.mutated)
    atheris.Fuzz()


def _modules(package: Path) -> Iterable[str]:
    """Yield the modules of the package, without widgets and commands."""
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        if "widgets" not in parts and parts[-1] not in ("__init__", "__main__"):
            yield ".".join(parts)


def _recording(must_hold: Callable[[bytes], None], findings: Path, slow: Path) -> Callable[[bytes], None]:
    """Wrap `must_hold` so that it saves failing and slow inputs, one failing input per location."""

    def run(data: bytes) -> None:
        started = time.process_time()
        try:
            must_hold(data)
        except Exception as error:  # noqa: BLE001 - any exception is a finding
            name = _finding_name(error)
            if not (findings / name).exists():
                (findings / name).write_bytes(data)
                (findings / f"{name}.txt").write_text(traceback.format_exc(), "utf-8", "backslashreplace")
        seconds = time.process_time() - started
        if seconds > SLOW:
            (slow / f"{seconds:.0f}-{zlib.crc32(data):x}").write_bytes(data)

    return run


def _finding_name(error: Exception) -> str:
    """Return the exception's name and the innermost line of the library in its traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    ours = [frame for frame in frames if {"apig_nb", "tests"} & {*Path(frame.filename).parts} == {"apig_nb"}] or frames
    return f"{type(error).__name__}-{Path(ours[-1].filename).stem}-{ours[-1].lineno}"


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
