"""The table in JupyterLab: 16,000 rows scrolled, searched, sorted and filtered with mouse and keyboard."""

import pytest

from .conftest import Open

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Locator, expect

from .lab import LabPage, Notebook

pytestmark = pytest.mark.browser

ROWS = 16_000
MANY = f"""
import pandas as pd
from apig_nb.widgets.table import TableView
n = {ROWS}
frame = pd.DataFrame({{
    "method": ["GET", "POST", "DELETE", "ANY"] * (n // 4),
    "path": [f"/things/{{(i * 7919) % n:05}}/parts" for i in range(n)],
    "timeout_ms": pd.array([None if i % 5 == 0 else i for i in range(n)], dtype="Int64"),
    "cors": [i % 3 == 0 for i in range(n)],
    "description": [f"Thing number {{i}}, which does what things do and says so at some length" for i in range(n)],
    "operation_id": [f"API_things_{{i}}" for i in range(n)],
    **{{f"more_{{k}}": ["x" * k] * n for k in range(1, 20)}},
}})
table = TableView(frame, label="operations", columns=["method", "path", "timeout_ms", "cors", "description"])
"""


def grid(notebook: Notebook) -> Locator:
    return notebook.root.get_by_role("grid", name="operations")


def status(notebook: Notebook) -> Locator:
    return notebook.root.get_by_role("status")


def row(notebook: Notebook, index: int) -> Locator:
    """A row by where it is shown, from 0."""
    return grid(notebook).locator(f"[role=row][aria-rowindex='{index + 3}']")


def open_filters(notebook: Notebook) -> None:
    notebook.root.get_by_role("button", name="Filter columns").click()


def first_cells(notebook: Notebook, column: int, count: int = 3) -> list[str]:
    expect(row(notebook, 0)).to_be_visible()
    return [row(notebook, n).get_by_role("gridcell").nth(column).inner_text() for n in range(count)]


def is_in_sight(notebook: Notebook, index: int) -> bool:
    """Whether a row stands wholly between the head and the lower end of the table."""
    box, head = row(notebook, index).bounding_box(), grid(notebook).get_by_role("rowgroup").first.bounding_box()
    whole = grid(notebook).bounding_box()
    assert box is not None
    assert head is not None
    assert whole is not None
    return head["y"] + head["height"] <= box["y"] + 1 and box["y"] + box["height"] <= whole["y"] + whole["height"] + 1


def test_16000_rows_are_scrolled_searched_filtered_and_sorted(opened: Open):
    with opened(MANY, "table") as notebook:
        expect(status(notebook)).to_have_text("16,000 operations")
        assert first_cells(notebook, 1) == ["/things/00000/parts", "/things/07919/parts", "/things/15838/parts"]
        expect(grid(notebook)).to_have_attribute("aria-rowcount", "16002")
        for index in (ROWS - 1, 8_000):
            grid(notebook).evaluate(
                f"(grid, index) => {{ grid.scrollTop = grid.scrollHeight * index / {ROWS}; }}", index
            )
            expect(row(notebook, index)).to_contain_text(f"Thing number {index},")
            # No more is on the page than what is looked at.
            assert grid(notebook).locator("[role=row]").count() < 60
        expect(row(notebook, ROWS - 1)).to_have_count(0)
        grid(notebook).get_by_role("button", name="path").click()
        expect(row(notebook, 1)).to_contain_text("/things/00001/parts")
        grid(notebook).get_by_role("button", name="path").click()
        expect(row(notebook, 0)).to_contain_text("/things/15999/parts")
        expect(grid(notebook).get_by_role("columnheader", name="path")).to_have_attribute("aria-sort", "descending")
        notebook.root.get_by_label("Search operations").fill("delete 15")
        open_filters(notebook)
        grid(notebook).get_by_label("Filter timeout_ms").fill(">15000")
        expect(status(notebook)).to_have_text("200 of 16,000 operations")
        grid(notebook).get_by_label("Filter timeout_ms").fill(">soon")
        expect(notebook.root.get_by_role("alert")).to_have_text("timeout_ms: “soon” is not a number")
        notebook.root.get_by_role("button", name="Clear").click()
        expect(status(notebook)).to_have_text("16,000 operations")
        expect(notebook.root.get_by_label("Search operations")).to_be_focused()
        grid(notebook).get_by_label("Filter path").fill("no such path")
        expect(notebook.root.get_by_text("no operations found")).to_be_visible()


def test_a_row_is_selected_by_click_and_from_code(opened: Open):
    with opened(MANY, "table") as notebook:
        row(notebook, 3).get_by_text("ANY").click()
        expect(row(notebook, 3)).to_have_attribute("aria-selected", "true")
        assert notebook.execute("print(*table.selected.operation_id)") == "API_things_3\n"
        notebook.execute("table.select(9_000)")
        expect(row(notebook, 9_000)).to_have_attribute("aria-selected", "true")
        assert is_in_sight(notebook, 9_000)
        expect(grid(notebook).locator("[aria-selected=true]")).to_have_count(1)


def test_columns_are_switched_on_and_off(opened: Open):
    with opened(MANY, "table") as notebook:
        notebook.root.get_by_text("Choose columns").click()
        notebook.root.get_by_role("checkbox", name="operation_id").check()
        expect(row(notebook, 2)).to_contain_text("API_things_2")
        notebook.root.get_by_role("checkbox", name="description").uncheck()
        expect(row(notebook, 2)).not_to_contain_text("Thing number")
        notebook.root.get_by_label("Search operations").fill("thing number")
        expect(status(notebook)).to_have_text("0 of 16,000 operations")


def test_columns_give_way_where_there_is_no_room_and_are_shown_again(opened: Open):
    every = ["method", "path", "operation_id", "cors", "description"]
    styles = f"""
from apig_nb.widgets.table import ColumnStyle
styles = {{"description": ColumnStyle(gives_way=1), "cors": ColumnStyle(gives_way=2)}}
table = TableView(frame, label="operations", columns={every}, styles=styles)
"""

    def heads(notebook: Notebook) -> list[str]:
        return grid(notebook).get_by_role("columnheader").all_inner_texts()

    with opened(MANY + styles, "table") as notebook:
        expect(row(notebook, 0)).to_be_visible()
        assert heads(notebook) == every
        # The cell with the focus goes, and the row keeps it.
        row(notebook, 2).get_by_role("gridcell").nth(4).focus()
        with notebook.sized(width=600):
            expect(grid(notebook).get_by_role("columnheader")).to_have_count(4)
            assert heads(notebook) == every[:4]
            assert grid(notebook).evaluate("grid => grid.scrollWidth <= grid.clientWidth")
            expect(notebook.root.get_by_text("5 of 25 columns; no room for description")).to_be_visible()
            expect(row(notebook, 2).get_by_role("gridcell").first).to_be_focused()
            notebook.page.keyboard.press("End")
            expect(row(notebook, 2).get_by_role("gridcell").nth(3)).to_be_focused()
            # They are searched all the same.
            notebook.root.get_by_label("Search operations").fill("number 15999,")
            expect(status(notebook)).to_have_text("1 of 16,000 operations")
            notebook.root.get_by_role("button", name="Scroll sideways").click()
            assert heads(notebook) == every
            notebook.root.get_by_role("button", name="Scroll sideways").click()
            with notebook.sized(width=480):
                expect(notebook.root.get_by_text("no room for cors, description")).to_be_visible()
        expect(grid(notebook).get_by_role("columnheader")).to_have_count(5)
        expect(notebook.root.get_by_role("button", name="Scroll sideways")).to_have_count(0)


def test_the_table_works_by_keyboard_alone(opened: Open):
    with opened(MANY, "table") as notebook:
        keyboard = notebook.page.keyboard

        def has_focus(control: Locator) -> None:
            expect(control).to_be_focused()
            assert control.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"

        def cell(index: int, column: int) -> Locator:
            return row(notebook, index).get_by_role("gridcell").nth(column)

        expect(row(notebook, 0)).to_be_visible()
        notebook.root.get_by_role("button", name="Filter columns").focus()
        keyboard.press("Enter")
        notebook.root.get_by_label("Search operations").focus()
        keyboard.type("delete")
        expect(status(notebook)).to_have_text("4,000 of 16,000 operations")
        keyboard.press("Tab")
        for control in (
            notebook.root.get_by_role("button", name="Clear"),
            grid(notebook).get_by_role("button", name="method"),
            grid(notebook).get_by_label("Filter method"),
            cell(0, 0),
            notebook.root.get_by_role("button", name="Filter columns"),
            notebook.root.get_by_role("button", name="CSV"),
            notebook.root.get_by_role("button", name="Excel"),
            notebook.root.locator("summary"),
        ):
            has_focus(control)
            keyboard.press("Tab")
        for _ in range(5):
            keyboard.press("Shift+Tab")
        has_focus(cell(0, 0))
        for key, place in (
            ("ArrowDown", (1, 0)),
            ("ArrowRight", (1, 1)),
            ("End", (1, 4)),
            ("ArrowRight", (1, 4)),
            ("Home", (1, 0)),
            ("Control+End", (3_999, 0)),
            ("ArrowDown", (3_999, 0)),
            ("PageUp", (3_988, 0)),
            ("Control+Home", (0, 0)),
        ):
            keyboard.press(key)
            has_focus(cell(*place))
            assert is_in_sight(notebook, place[0])
        keyboard.press("PageDown")
        keyboard.press("ArrowRight")
        has_focus(cell(11, 1))
        keyboard.press("Enter")
        expect(row(notebook, 11)).to_have_attribute("aria-selected", "true")
        assert notebook.execute("print(*table.selected.method)") == "DELETE\n"
        # The wheel takes the rows away, not the focus.
        grid(notebook).evaluate("grid => { grid.scrollTop = grid.scrollHeight * 1_665 / 4_000; }")
        expect(row(notebook, 1_670)).to_be_visible()
        has_focus(cell(11, 1))
        keyboard.press("ArrowDown")
        has_focus(cell(12, 1))
        keyboard.press("Control+Home")
        keyboard.press("ArrowUp")
        has_focus(grid(notebook).get_by_label("Filter path"))
        keyboard.type("/parts")
        keyboard.press("ArrowLeft")
        has_focus(grid(notebook).get_by_label("Filter path"))
        for key in ("End", "ArrowRight"):
            keyboard.press(key)
        has_focus(grid(notebook).get_by_label("Filter timeout_ms"))
        keyboard.press("ArrowUp")
        keyboard.press("Enter")
        has_focus(grid(notebook).get_by_role("button", name="timeout_ms"))
        expect(grid(notebook).get_by_role("columnheader", name="timeout_ms")).to_have_attribute(
            "aria-sort", "ascending"
        )
        expect(row(notebook, 0)).to_contain_text("Thing number 2,")
        keyboard.press("ArrowDown")
        keyboard.press("ArrowDown")
        has_focus(cell(0, 2))
        # The row with the focus goes: the focus stays in the table.
        keyboard.press("Control+End")
        has_focus(cell(3_999, 2))
        notebook.execute("table.restrict(frame['path'] == '/things/15838/parts')")
        has_focus(cell(0, 2))
        # Letters are commands to a notebook: it is as it was.
        keyboard.type("dd")
        expect(notebook.root.locator(".jp-CodeCell")).to_have_count(2)


def test_a_busy_kernel_is_reported_and_typed_text_is_kept(opened: Open):
    with opened(MANY, "table", "import time\ntime.sleep(4)") as notebook:
        expect(row(notebook, 0)).to_be_visible()
        notebook.page.evaluate("() => { panel.content.activeCellIndex = 2; }")
        notebook.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-cell'); }")
        search = notebook.root.get_by_label("Search operations")
        for words in ("get", "get 15", "get 1599"):
            search.fill(words)
            notebook.page.wait_for_timeout(300)
        expect(status(notebook)).to_contain_text("4 of 16,000 operations")
        expect(search).to_have_value("get 1599")


def test_a_search_is_kept_that_is_typed_while_another_frame_is_on_its_way(opened: Open):
    other = "import time\nwith table._lock:\n    time.sleep(2)\n    table.show(frame.drop(columns='method'))"
    with opened(MANY, "table", "pass") as notebook:
        expect(row(notebook, 0)).to_be_visible()
        notebook.page.evaluate("code => { panel.sessionContext.session.kernel.requestExecute({code}); }", other)
        search = notebook.root.get_by_label("Search operations")
        search.fill("number 1599")
        expect(grid(notebook).get_by_role("columnheader", name="method")).to_have_count(0)
        # 1599, 11599 and 15990 to 15999 are the number of a thing or in the path of another one.
        expect(status(notebook)).to_have_text("24 of 16,000 operations")
        expect(search).to_have_value("number 1599")


def test_the_rows_found_are_downloaded(opened: Open):
    with opened(MANY, "table") as notebook:
        notebook.root.get_by_label("Search operations").fill("get 1599")
        expect(status(notebook)).to_have_text("4 of 16,000 operations")
        for name, file, start in (("CSV", "operations.csv", b'"method"'), ("Excel", "operations.xlsx", b"PK")):
            with notebook.page.expect_download() as download:
                notebook.root.get_by_role("button", name=name).click()
            assert download.value.suggested_filename == file
            assert download.value.path().read_bytes().startswith(start)


def test_hostile_text_stays_text(opened: Open):
    evil = "<img src=x onerror='document.title = 1'><script>document.title = 2</script>"
    code = (
        "import pandas as pd\nfrom apig_nb.widgets.table import TableView\n"
        f"evil = {evil!r}\n"
        "cells = [evil, 'nul \\x00', 'left \\u202e right', '\\ud800']\n"
        "table = TableView(pd.DataFrame({evil: pd.Series(cells, dtype=object)}), label=evil)"
    )
    with opened(code, "table") as notebook:
        table = notebook.root.get_by_role("grid")
        for text in (evil, "nul ␀", "left \\u202e right", "\\ud800"):
            expect(table.get_by_role("gridcell", name=text, exact=True)).to_be_visible()
        expect(table.get_by_role("columnheader", name=evil)).to_be_visible()
        assert notebook.root.locator(".apig-grid :is(img, script)").count() == 0
        assert notebook.page.title() not in ("1", "2")


def test_the_table_is_accessible_and_legible_in_both_themes(
    opened: Open, lab_page: LabPage, contrast: str, axe: str, shoot
):
    # In a form, as it stands in a view of ours.
    form = "import ipywidgets\nbox = ipywidgets.VBox([table.widget])\nbox.add_class('apig')\nbox"
    with opened(MANY, form) as notebook:
        row(notebook, 3).click()
        open_filters(notebook)
        grid(notebook).get_by_label("Filter timeout_ms").fill(">soon")
        expect(notebook.root.get_by_role("alert")).to_be_visible()
        notebook.root.get_by_text("Choose columns").click()
        for theme, name in (("JupyterLab Light", "table"), ("JupyterLab Dark", "table-dark")):
            lab_page.theme(theme)
            try:
                shoot(notebook, name)
                assert notebook.form.evaluate(contrast) >= [4.5]
                # Besides contrast, what axe checks does not depend on the theme.
                assert name == "table-dark" or notebook.violations(axe) == []
            finally:
                lab_page.theme("JupyterLab Light")
        with notebook.sized(width=640):
            assert notebook.form.evaluate("form => form.scrollWidth <= form.clientWidth")
        shoot(notebook, "table-narrow", width=640)


def test_a_saved_notebook_contains_only_the_first_rows(opened: Open, lab_page: LabPage):
    with opened(MANY, "table") as notebook:
        expect(row(notebook, 0)).to_be_visible()
        saved = notebook.save()
    assert "Run the notebook to search and sort." in saved
    assert saved.count("Thing number 39,") == 1  # in the state of the widget
    assert "Thing number 40," not in saved
