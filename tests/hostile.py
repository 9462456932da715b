"""Documents with hostile text: markup, spreadsheet formulas, control characters."""

from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "hostile"
DOCUMENTS = [FOLDER / f"{name}.json" for name in ("markup", "formula", "nul-and-controls", "unicode-everything")]
