"""Fuzzing: a sample of inputs with a fixed seed, and runs guided by coverage, which `APIG_NB_FUZZ_SECONDS` prolongs."""

import os
import random
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.seeds import MAX_BYTES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SAMPLES = {"loading": 80, "two_readers": 200, "small_readers": 200, "sandbox_requests": 400, "content_folder": 60}
"""Number of inputs of the sample by target."""
SECONDS = int(os.environ.get("APIG_NB_FUZZ_SECONDS", "0"))


@pytest.mark.parametrize("target", SAMPLES)
def test_sample_of_mutated_inputs(target: str) -> None:
    module = import_module(f"tests.fuzz.{target}")
    rng = random.Random(1)
    seeds = sorted({*module.seeds()})
    for _ in range(SAMPLES[target]):
        data = rng.choice(seeds)
        for _ in range(rng.randint(1, 3)):
            data = module.mutated(data, MAX_BYTES, rng.getrandbits(32))
        module.must_hold(data)


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheels for this platform")
@pytest.mark.parametrize("target", SAMPLES)
def test_coverage_guided_run(target: str, tmp_path: Path) -> None:
    """For minutes with `make long`; otherwise for a moment, which shows that it works.

    What a moment finds does not count: its inputs differ between runs, and the samples above are always the same.
    """
    limits = [f"-max_total_time={SECONDS}"] if SECONDS else ["-runs=300"]
    options = [*limits, "-timeout=3600"]  # a single input may be slow on a busy machine
    command = [sys.executable, "-m", "tests.fuzz.run", target, str(tmp_path), *options]
    # atheris does not end after an error of a mutator.
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 600)
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.search(r"Done \d+ runs", done.stderr) is not None
    if SECONDS:
        found = {file.name: file.read_bytes() for file in (tmp_path / "findings").iterdir()}
        assert found == {}
