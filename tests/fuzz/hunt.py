"""Hunt for inputs that something does not stand.

    python -m tests.fuzz.hunt TARGET FOLDER [more documents to start from] [libFuzzer's options]
    python -m tests.fuzz.hunt loading ../hunt ../shared/data -max_total_time=600

A target is a module beside this one; it has

- `must_hold(data)`, which raises where something does not hold for these bytes,
- `seeds()`, the inputs to start from, and
- `words()`, what inputs of this kind are made of.

FOLDER keeps the inputs that reach something new in `corpus`, those that show a defect in `findings`, one of each kind,
and those that take long in `slow`. The hunt goes on after a finding; an input that takes much too long or too much
memory ends it, and lies in `findings`, too.
"""

from __future__ import annotations

import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import atheris

from tests.fuzz.seeds import MAX_BYTES
from tests.fuzz.seeds import documents as documents_of

SECONDS = 20
"""How long one input may take."""
SLOW = 4
"""Processor seconds from which on an input is kept to be looked at; a wall clock would count the others, too."""
MEGABYTES = 1024
"""How much memory one input may take, with what the process takes anyhow."""


def main(target: str, folder: Path, *more: str) -> None:
    """Hunt until libFuzzer's options say that it is enough."""
    options = [argument for argument in more if argument.startswith("-")]
    documents = [argument for argument in more if not argument.startswith("-")]
    corpus, findings, slow = (folder / name for name in ("corpus", "findings", "slow"))
    for made in (corpus, findings, slow):
        made.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["apig_nb"]):
        import apig_nb

        # What is otherwise imported when it is needed, and would not be watched.
        for name in _rooms(Path(apig_nb.__path__[0])):
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
        f"-rss_limit_mb={MEGABYTES}",
        f"-max_len={MAX_BYTES}",
        f"-dict={dictionary}",
        *options,
        str(corpus),
    ]
    mutator = getattr(module, "mutated", None)
    atheris.Setup(
        arguments, _kept(module.must_hold, findings, slow), **({"custom_mutator": mutator} if mutator else {})
    )
    atheris.Fuzz()


def _rooms(house: Path) -> Iterable[str]:
    """The modules of the house but its widgets and its commands."""
    for file in sorted(house.rglob("*.py")):
        parts = file.relative_to(house.parent).with_suffix("").parts
        if "widgets" not in parts and parts[-1] not in ("__init__", "__main__"):
            yield ".".join(parts)


def _kept(must_hold: Callable[[bytes], None], findings: Path, slow: Path) -> Callable[[bytes], None]:
    """The same, but what does not hold is written down, once for each place."""

    def tried(data: bytes) -> None:
        begun = time.process_time()
        try:
            must_hold(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            name = _where(error)
            if not (findings / name).exists():
                (findings / name).write_bytes(data)
                (findings / f"{name}.txt").write_text(traceback.format_exc(), "utf-8", "backslashreplace")
        seconds = time.process_time() - begun
        if seconds > SLOW:
            (slow / f"{seconds:.0f}-{zlib.crc32(data):x}").write_bytes(data)

    return tried


def _where(error: Exception) -> str:
    """What went wrong, and the innermost place of ours where it did."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
    ours = [frame for frame in frames if {"apig_nb", "tests"} & {*Path(frame.filename).parts} == {"apig_nb"}] or frames
    return f"{type(error).__name__}-{Path(ours[-1].filename).stem}-{ours[-1].lineno}"


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
