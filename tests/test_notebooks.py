"""The saved notebooks: running one changes no more of its file than what it shows."""

from pathlib import Path

import nbformat
import pytest

from tests.refresh_notebooks import KERNEL, NOTEBOOKS, refresh

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
CELLS = (
    "import datetime, uuid\nfrom IPython.display import display",
    "print(datetime.datetime.now().strftime('%Y-%m-%d %H:%M:%S UTC'), f'(request {uuid.uuid4().hex})')",
    "display({'application/vnd.jupyter.widget-view+json': {'model_id': uuid.uuid4().hex}}, raw=True)",
)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_has_the_metadata_that_jupyterlab_writes(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.keys() == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec == KERNEL
    assert notebook.metadata.language_info.keys() == {
        *("codemirror_mode", "file_extension", "mimetype", "name", "nbconvert_exporter", "pygments_lexer", "version"),
    }
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_notebook_is_formatted_as_jupyterlab_formats_it(path: Path):
    notebook = nbformat.read(path, as_version=4)
    assert path.read_text("utf-8") == nbformat.writes(notebook) + "\n"


@pytest.mark.slow
def test_refreshing_a_notebook_that_shows_the_same_does_not_change_its_file(tmp_path: Path):
    path = tmp_path / "notebook.ipynb"
    cells = [nbformat.v4.new_code_cell(source, id=f"c{n}") for n, source in enumerate(CELLS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    refresh(path)
    first = path.read_bytes()
    assert b"(request " in first
    assert b"model_id" in first
    refresh(path)
    assert path.read_bytes() == first
