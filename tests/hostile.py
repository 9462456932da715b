"""Documents with hostile text (markup, spreadsheet formulas, control characters), and files without an end."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "hostile"
DOCUMENTS = [FOLDER / f"{name}.json" for name in ("markup", "formula", "nul-and-controls", "unicode-everything")]


def make_endless(path: Path, kind: str, size: int) -> None:
    """Make a pipe, a link to a device without an end, or a large file."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(size)
