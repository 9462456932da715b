"""Run the program as a user does: in a process of its own, in a shell, on a terminal."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from apig_nb.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "apig_nb"]
NEEDS_A_SHELL = pytest.mark.skipif(os.name == "nt", reason="needs a shell of POSIX")


NONE: Mapping[str, str] = {}


def environment(variables: Mapping[str, str] = NONE) -> dict[str, str]:
    """Return the environment of a process in any folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "GIT_CONFIG_GLOBAL": os.devnull, **variables}


def of_sandbox(sandbox: Sandbox) -> dict[str, str]:
    """Return the variables with which the program finds a sandbox."""
    return {"OS_TOKEN": sandbox.token, "OS_PROJECT_ID": sandbox.project_id, "OS_AUTH_URL": f"{sandbox.url}/v3"}


def run(
    *arguments: str | Path, folder: Path | None = None, stdin: str = "", variables: Mapping[str, str] = NONE
) -> subprocess.CompletedProcess[str]:
    """Run the program with pipes."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(variables),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def shell(script: str, folder: Path, variables: Mapping[str, str] = NONE) -> subprocess.CompletedProcess[str]:
    """Run lines of a shell, in which `apig-nb` is this checkout's."""
    programs = folder / ".bin"
    programs.mkdir(exist_ok=True)
    program = programs / "apig-nb"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m apig_nb "$@"\n')
    program.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-euc", script],
        cwd=folder,
        env=environment({**variables, "PATH": path}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def on_terminal(
    *arguments: str | Path, columns: int = 100, typed: str = "", variables: Mapping[str, str] = NONE
) -> str:
    """Run the program on a terminal; return what a person sees, who types a line when asked for it."""
    # POSIX only.
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    env = environment({"TERM": "xterm", **variables})
    # The workers of pytest-xdist have the width of their own terminal in a variable, which comes first.
    env.pop("COLUMNS", None)
    command = [*COMMAND, *map(str, arguments)]
    # In a session of its own, or the program would ask on the terminal of the tests.
    with subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True):
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # Linux reports the end as an error
            while piece := os.read(ours, 65536):
                seen += piece
                if typed and seen.endswith(b": "):
                    os.write(ours, typed.encode())
                    typed = ""
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def repository(folder: Path, *versions: Path) -> None:
    """Make a git repository with a commit for each version of `a.json`."""
    git = ["git", "-c", "user.name=n", "-c", "user.email=n@example.com"]
    subprocess.run([*git, "init", "-q"], cwd=folder, check=True)
    for version in versions:
        shutil.copy(version, folder / "a.json")
        subprocess.run([*git, "add", "a.json"], cwd=folder, check=True)
        subprocess.run([*git, "commit", "-qm", "x"], cwd=folder, check=True)
