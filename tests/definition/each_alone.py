"""Read documents, each in a process of its own with bounded time and memory: `python each_alone.py FILE ...`.

Prints a line of JSON for each file: the outcome, and the files, sockets and processes it opened.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition

SECONDS = 20
ADDRESS_SPACE = 1 << 30
"""Bytes beyond those of the imported packages, of which pyarrow takes most."""
SMALL = 20_000
"""The cells of smaller documents, in bytes, are checked, too."""
# Events that no document may cause.
FORBIDDEN = ("open", "socket.", "subprocess.", "os.system", "os.exec", "exec", "compile", "shutil.", "urllib.")


def outcome(path: str) -> dict[str, object]:
    """The outcome of reading one file."""
    from apig_nb.errors import DocumentError
    from tests.definition import making

    raw = Path(path).read_bytes()
    touched: list[str] = []
    started = time.monotonic()
    sys.addaudithook(lambda event, _: touched.append(event) if event.startswith(FORBIDDEN) else None)
    try:
        definition = making.read(raw)
        built = making.tables_of(definition)
    except DocumentError as error:
        return {"outcome": "reject", "words": str(error), "touched": touched}
    result: dict[str, object] = {
        "outcome": "warn" if len(built["problems"]) else "load",
        "seconds": time.monotonic() - started,
        "touched": touched,
    }
    if len(raw) < SMALL:
        result |= {"harmful": making.harmful(definition), "hidden": hidden(definition)}
    return result


def hidden(definition: ApiDefinition) -> list[str]:
    """Values in the paths that no cell of any table holds."""
    from apig_nb.definition.values import as_text
    from tests.definition.making import cells, places

    shown = "\n".join(cells(definition))
    leaves = (value for at, value in places(definition.tree) if at[0] == "paths" and not isinstance(value, dict | list))
    return [text for text in map(as_text, leaves) if text is not None and text not in shown]


def address_space() -> int:
    """The bytes of memory that this process may use already."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def alone(path: str) -> None:
    """Read one file in a child process and print the outcome."""
    child = os.fork()
    if child == 0:
        # Of the processor's time, so that a busy machine does not decide; and by the clock, in case it waits.
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        signal.alarm(20 * SECONDS)
        allowed = address_space() + ADDRESS_SPACE
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
        code = 1
        try:
            print(json.dumps({"file": path, **outcome(path)}), flush=True)
            code = 0
        except BaseException as error:  # noqa: BLE001 - any error is the outcome of the file
            print(json.dumps({"file": path, "outcome": f"crash: {error!r:.300}"}), flush=True)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        print(json.dumps({"file": path, "outcome": f"killed by signal {os.WTERMSIG(status)}"}), flush=True)


if __name__ == "__main__":
    from tests.definition import making

    # Import all modules before events are recorded.
    making.tables_of(making.read(making.swagger()))
    making.read("paths: {}")
    for title, encoding in (("订单服务", "gbk"), ("Café", "latin-1"), ("t", "utf-16"), ("t", "utf-32")):
        making.read(f'{{"info": {{"title": "{title}"}}, "paths": {{}}}}'.encode(encoding))
    for name in sys.argv[1:]:
        alone(name)
