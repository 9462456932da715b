"""Full disks: limits of the system that act like one, and a small file system."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

resource = pytest.importorskip("resource", reason="needs the limits and signals of POSIX")


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Limit the size of every file, which acts like a full disk and needs no privileges."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """Mount a separate file system in a folder, where mounting is allowed."""
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "apig_nb", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
