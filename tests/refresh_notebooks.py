"""Run the notebooks and save their outputs: `python tests/refresh_notebooks.py`, after a change of what they show.

A notebook that shows the same again is not changed: an output that differs only in times and ids is kept as it was, and
the metadata is what JupyterLab writes.
"""

import json
import re
from configparser import RawConfigParser
from pathlib import Path

import nbclient
import nbformat

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
SANITIZER = ROOT / "tests" / "nbval-sanitize.cfg"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
MODEL_ID = re.compile(r'"model_id": "\w+"')


def refresh(path: Path) -> None:
    """Run one notebook in its own folder and write it back."""
    saved = nbformat.read(path, as_version=4)
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    for cell, before in zip(notebook.cells, saved.cells, strict=True):
        if cell.cell_type == "code" and comparable(cell.outputs) == comparable(before.outputs):
            cell.outputs = before.outputs
    language = dict(notebook.metadata.language_info)
    language["version"] = saved.metadata.get("language_info", {}).get("version", language["version"])
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": language})
    nbformat.write(notebook, path)


def comparable(outputs: list[nbformat.NotebookNode]) -> str:
    """Outputs without what differs from run to run."""
    text = MODEL_ID.sub('"model_id": "ID"', json.dumps(outputs, sort_keys=True))
    patterns = RawConfigParser()
    patterns.read(SANITIZER, "utf-8")
    for section in patterns.sections():
        text = re.sub(patterns[section]["regex"], patterns[section]["replace"], text)
    return text


if __name__ == "__main__":
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        print(f"running {path.name}")
        refresh(path)
