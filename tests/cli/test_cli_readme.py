"""The jobs in README.md run: their lines as shell scripts, against the sandbox, in a repository with a remote."""

import re
from collections.abc import Iterator

import yaml

from tests.cli.running import ROOT

BLOCKS = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


def scripts() -> Iterator[tuple[str, str]]:
    """Yield each job with its lines, without those that install the program."""
    for block in BLOCKS:
        content = yaml.safe_load(block)
        jobs = content.get("jobs", content)
        for name, job in jobs.items():
            steps = job.get("script") or [step["run"] for step in job["steps"] if "run" in step]
            yield f"{'GitHub' if 'jobs' in content else 'GitLab'} {name}", "\n".join(steps)
