"""A few runs of each hunt find nothing; they are the same at each time. Longer ones are for a quiet evening."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNS = {"loading": 700, "two_readers": 600, "small_readers": 600, "sandbox_requests": 1500, "content_folder": 400}
needs_atheris = pytest.mark.skipif(find_spec("atheris") is None, reason="needs atheris, which is not for every machine")


@needs_atheris
@pytest.mark.parametrize("target", RUNS)
def test_a_few_runs_find_nothing(target: str, tmp_path: Path) -> None:
    options = [f"-runs={RUNS[target]}", "-seed=1", "-timeout=3600"]  # on a busy machine everything takes its time
    command = [sys.executable, "-m", "tests.fuzz.hunt", target, str(tmp_path), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = {file.name: file.read_bytes() for file in (tmp_path / "findings").iterdir()}
    assert found == {}
    assert done.returncode == 0, done.stderr[-2000:]
    ran = re.search(r"Done (\d+) runs", done.stderr)
    assert ran is not None
    assert int(ran[1]) >= RUNS[target]
