"""The table without a browser, by the messages and the state of its page."""

import gc
import io
import json
import sys
import weakref
from collections.abc import Iterator, Sequence
from threading import Barrier, Thread
from typing import Any

import ipywidgets
import numpy as np
import pandas as pd
import pytest

from apig_nb.widgets.table import ColumnStyle, TableView
from apig_nb.widgets.table.column import MAX_TEXT
from apig_nb.widgets.table.table_view import FIRST_ROWS, MAX_ROWS_SENT


class PageOf:
    """The page of a table: reads the state, and sends the messages of a user."""

    def __init__(self, table: TableView, view: str = "a view") -> None:
        self._grid = table.widget
        self._view, self._queries = view, 0
        self.sent: list[dict[str, Any]] = []
        self.files: list[bytes] = []
        self._grid.send = self._receive

    def _receive(self, content: Any, buffers: Sequence[bytes] = ()) -> None:
        self.sent.append(json.loads(transported(content)))
        self.files += buffers

    @property
    def state(self) -> Any:
        return json.loads(transported(self._grid.state))

    @property
    def words(self) -> str:
        return str(self.state["status"])

    @property
    def names(self) -> list[str]:
        return [self.state["columns"][n]["name"] for n in self.state["query"]["columns"]]

    def cells(self, name: str) -> list[str | None]:
        """A column as far as it came with the state."""
        place = self.names.index(name)
        return [cells[place] for _, cells in self.state["rows"]]

    def message(self, **content: Any) -> None:
        self._grid._handle_custom_msg(json.loads(json.dumps(content)), [])

    def query(self, late: int = 0, **changes: Any) -> None:
        self._queries += 1
        query = self.state["query"] | changes
        self.message(query=query, frame=self.state["frame"], sequence=[self._view, self._queries - late])

    def filter(self, **conditions: str) -> None:
        every = [column["name"] for column in self.state["columns"]]
        self.query(filters=[[every.index(name), text] for name, text in conditions.items()])

    def sort(self, name: str, *, descending: bool = False) -> None:
        self.query(sort=[[[column["name"] for column in self.state["columns"]].index(name), descending]])

    def choose(self, shown_at: int) -> None:
        self.message(select=self.state["rows"][shown_at][0], frame=self.state["frame"])

    def scroll(self, first: int, last: int) -> list[Any]:
        self.sent.clear()
        self.message(rows=[first, last], version=self.state["version"])
        return self.sent[0]["rows"] if self.sent else []


def transported(content: Any) -> bytes:
    """As a kernel sends it: as UTF-8, and without numbers that JSON does not know."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8")


FRAME = pd.DataFrame(
    {
        "method": ["GET", "POST", "GET", "delete", "ANY"],
        "path": ["/b/10", "/a", "/B/9", "/c", "/a/x"],
        "timeout_ms": pd.array([5000, None, 900, 10_000, 5000], dtype="Int64"),
        "share": [0.5, 2.0, None, 1e21, -3.0],
        "cors": pd.array([True, False, None, True, False], dtype="boolean"),
        "note": ["", None, "two words", "=exactly", "words, two"],
    },
    index=[10, 20, 30, 40, 50],
)


@pytest.fixture
def table() -> Iterator[TableView]:
    made = TableView(FRAME, label="operations")
    yield made
    made.close()


@pytest.fixture
def page(table: TableView) -> PageOf:
    return PageOf(table)


# What is shown


def test_all_columns_or_the_named_ones_are_shown_in_their_order():
    assert PageOf(TableView(FRAME, label="operations")).names == list(FRAME.columns)
    page = PageOf(TableView(FRAME, label="operations", columns=["path", "method"]))
    assert page.names == ["path", "method"]
    assert page.state["note"] == "2 of 6 columns"
    page.query(columns=[1, 0, 2])
    assert page.names == ["path", "method", "timeout_ms"]
    assert page.cells("timeout_ms") == ["5000", None, "900", "10000", "5000"]


def test_cells_are_formatted_by_their_type(page):
    assert page.cells("share") == ["0.5", "2", None, "1e+21", "-3"]
    assert page.cells("cors") == ["True", "False", None, "True", "False"]
    assert page.words == "5 operations"


def test_a_single_row_is_counted_in_the_singular():
    table = TableView(FRAME.head(1), label="operations")
    page = PageOf(table)
    assert page.words == "1 row"
    assert ">1 row. Run the notebook" in table.static
    page.query(search="nothing like it")
    assert page.words == "0 of 1 row"
    table.close()


def test_only_visible_rows_are_sent():
    table = TableView(pd.DataFrame({"n": range(16_000)}), label="rows")
    page = PageOf(table)
    assert page.words == "16,000 rows"
    assert [position for position, _ in page.state["rows"]] == list(range(FIRST_ROWS))
    assert page.scroll(15_990, 16_100) == [[n, [str(n)]] for n in range(15_990, 16_000)]
    assert len(page.scroll(0, 16_000)) == MAX_ROWS_SENT
    assert page.scroll(-5, 1) == [[0, ["0"]]]
    table.close()


def test_rows_of_an_outdated_order_are_not_sent(table, page):
    version = page.state["version"]
    page.sort("path")
    page.message(rows=[0, 5], version=version)
    assert page.sent == []


# Searching, filtering, sorting


def found(table: TableView) -> list[int]:
    return [int(label) for label in table.filtered.index]


def test_every_word_of_a_search_must_be_in_a_visible_column(table, page):
    page.query(search=" get  /b ")
    assert found(table) == [10, 30]
    assert page.words == "2 of 5 operations"
    page.query(search="get 900")
    assert found(table) == [30]
    page.query(columns=[0, 1], search="900")
    assert found(table) == []
    assert page.state["empty"] == "no operations found"


@pytest.mark.parametrize(
    ("column", "condition", "labels"),
    [
        ("path", "/b", [10, 30]),
        ("path", "=/A", [20]),
        ("path", "!=/a", [10, 30, 40, 50]),
        ("note", "words two", [30, 50]),
        ("note", "=", [10, 20]),
        ("note", "!=", [30, 40, 50]),
        ("note", "!=two words", [10, 20, 40, 50]),
        ("note", "  ", [10, 20, 30, 40, 50]),
        ("path", ">5", []),
        ("cors", "true", [10, 40]),
        ("cors", "=", [30]),
        ("timeout_ms", "000", [10, 40, 50]),
        ("timeout_ms", "=5000", [10, 50]),
        ("timeout_ms", " > 5000 ", [40]),
        ("timeout_ms", ">=5000", [10, 40, 50]),
        ("timeout_ms", "<5000", [30]),
        ("timeout_ms", "<=5e3", [10, 30, 50]),
        ("timeout_ms", "!=5000", [20, 30, 40]),
        ("timeout_ms", "900..5000", [10, 30, 50]),
        ("timeout_ms", "5000..", [10, 40, 50]),
        ("timeout_ms", "..900", [30]),
        ("timeout_ms", "=", [20]),
        ("timeout_ms", "!=", [10, 30, 40, 50]),
        ("share", "-3..0.5", [10, 50]),
        ("share", "0.5..2.5", [10, 20]),
        ("share", ">1e20", [40]),
    ],
)
def test_a_condition_finds_rows(table, page, column, condition, labels):
    page.filter(**{column: condition})
    assert found(table) == labels
    assert page.state["filter_errors"] == []


def test_conditions_and_search_are_combined(table, page):
    page.filter(method="get", timeout_ms=">1000")
    assert found(table) == [10]
    page.query(search="/B/9")
    assert found(table) == []


def test_an_invalid_condition_is_reported_and_ignored(table, page):
    page.filter(timeout_ms=">soon", method="get")
    assert page.state["filter_errors"] == ["timeout_ms: “soon” is not a number"]
    assert page.state["invalid"] == [2]
    assert found(table) == [10, 30]


@pytest.mark.parametrize(
    ("column", "ascending", "descending"),
    [
        ("method", [50, 40, 10, 30, 20], [20, 10, 30, 40, 50]),
        ("path", [20, 50, 10, 30, 40], [40, 30, 10, 50, 20]),
        ("timeout_ms", [30, 10, 50, 40, 20], [40, 10, 50, 30, 20]),
        ("share", [50, 10, 20, 40, 30], [40, 20, 10, 50, 30]),
        ("cors", [20, 50, 10, 40, 30], [10, 40, 20, 50, 30]),
    ],
)
def test_numbers_are_sorted_as_numbers_and_missing_values_come_last(table, page, column, ascending, descending):
    page.sort(column)
    assert found(table) == ascending
    page.sort(column, descending=True)
    assert found(table) == descending
    page.query(sort=None)
    assert found(table) == [10, 20, 30, 40, 50]


def test_large_integers_stay_distinct():
    table = TableView(pd.DataFrame({"n": [2**53 + 1, 2**53]}), label="rows")
    page = PageOf(table)
    page.sort("n")
    assert table.filtered["n"].tolist() == [2**53, 2**53 + 1]
    page.filter(n=f"={2**53 + 1}")
    assert table.filtered["n"].tolist() == [2**53 + 1]
    table.close()


def test_the_later_of_two_queries_counts_whichever_arrives_first(table, page):
    page.query(search="get")
    page.query(search="ge", late=2)
    assert page.words == "2 of 5 operations"
    assert page.state["query"]["search"] == "get"


def test_two_views_of_a_table_show_the_same(table, page):
    page.query(search="get")
    page.query(search="get")
    PageOf(table, "another view").query(search="post")
    assert page.state["query"]["search"] == "post"


# What an outer view does with it


def test_a_restriction_is_added_to_the_query_and_matching_ignores_it(table, page):
    page.query(search="get")
    table.restrict(FRAME["path"] == "/b/10")
    assert found(table) == [10]
    assert table.matching.tolist() == [True, False, True, False, False]
    table.restrict(None)
    assert found(table) == [10, 30]
    with pytest.raises(ValueError, match="2 flags for 5 rows"):
        table.restrict(pd.Series([True, False]))


def test_a_new_frame_keeps_search_filters_and_order(table, page):
    page.query(search="get", filters=[[1, "/"], [3, ">0"]], sort=[[1, True]], columns=[1, 0, 3])
    table.restrict(FRAME["path"] == "/b/10")
    table.select(0)
    chosen: list[int] = []
    table.on_select(lambda: chosen.append(len(table.selected)))
    table.frame = pd.DataFrame({"path": ["/a", "/c", "/d", "no"], "method": ["GET", "GET", "POST", "GET"]})
    assert table.filtered["path"].tolist() == ["/c", "/a"]
    assert page.names == ["path", "method"]
    assert chosen == [0]
    table.frame = pd.DataFrame({"nothing": ["like it", "get it"]})
    assert page.names == ["nothing"]
    assert table.filtered["nothing"].tolist() == ["get it"]


def test_a_new_frame_shows_other_columns_unless_the_user_chose_some(table, page):
    other = FRAME.assign(more=1)
    table.show(other, columns=["more", "path"])
    assert page.names == ["more", "path"]
    table.show(FRAME)
    assert page.names == ["path"]
    page.query(columns=[0, 1])
    table.show(other, columns=["more"])
    assert page.names == FRAME.columns[:2].tolist()


def test_a_selected_row_stays_selected_when_a_filter_hides_it(table, page):
    selections: list[list[str]] = []
    table.on_select(lambda: selections.append(table.selected["path"].tolist()))
    assert table.selected.empty
    assert list(table.selected.columns) == list(FRAME.columns)
    page.sort("path")
    page.choose(shown_at=1)
    assert table.selected.index.tolist() == [50]
    page.choose(shown_at=1)
    page.query(search="post")
    assert table.selected.index.tolist() == [50]
    assert table.widget.selected == {"position": 4, "index": -1}
    table.select(1)
    assert table.widget.selected == {"position": 1, "index": 0}
    table.select(None)
    assert selections == [["/a/x"], ["/a"], []]
    with pytest.raises(IndexError, match="no row 5 among 5"):
        table.select(5)


def test_callbacks_are_called_for_other_rows_but_not_for_another_order(table, page):
    counts: list[int] = []
    table.on_filter(lambda: counts.append(len(table.filtered)))
    page.query(search="get")
    page.sort("path")
    table.restrict(FRAME["path"] == "/b/10")
    assert counts == [2, 1]


def test_an_error_in_a_callback_is_shown_beside_the_table(table, page):
    table.on_select(lambda: 1 / 0)
    page.choose(shown_at=0)
    assert table.widget.error == "ZeroDivisionError: division by zero"
    assert table.selected.index.tolist() == [10]


def test_returned_frames_are_copies(table, page):
    for handed_out in (table.frame, table.filtered, table.selected):
        handed_out["method"] = "changed"
    given = FRAME.copy()
    other = TableView(given, label="rows")
    given.loc[10, "method"] = "changed"
    assert PageOf(other).cells("method")[0] == "GET"
    assert table.frame["method"].tolist() == FRAME["method"].tolist()
    other.close()


# What may come


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "nul \x00 bell \x07",
        "half \ud800 a pair",
        "left \u202e right",
        "=HYPERLINK(1)",
        "line\nline",
        "x" * 1_000_000,
    ],
)
def test_any_text_can_be_displayed_searched_and_sent(text):
    frame = pd.DataFrame([[text], ["other"]], columns=pd.Index([text], dtype=object), dtype=object)
    table = TableView(frame, label=text)
    page = PageOf(table)
    assert len(page.state["rows"][0][1][0]) <= MAX_TEXT
    assert ("text longer than 200 characters is cut here" in page.state["note"]) == (len(text) > MAX_TEXT)
    page.query(search=text[-20:])
    page.filter(**{page.names[0]: f"={text}"[:900]})
    assert "<script" not in table._repr_mimebundle_()["text/html"]  # type: ignore[operator]
    transported(table._repr_mimebundle_())
    table.close()


def test_shortened_cells_are_searched_completely():
    table = TableView(pd.DataFrame({"text": ["x" * 10_000 + "end", "end"]}), label="rows")
    PageOf(table).query(search="xend")
    assert table.filtered.index.tolist() == [0]
    table.close()


def test_cells_may_be_anything():
    cells = [1, True, 1.0, "1", None, float("nan"), pd.NA, pd.NaT, [1, 2], {"a": 1}, b"x", pd.Timestamp("2026-01-02")]
    frame = pd.DataFrame({"any": pd.Series(cells, dtype=object), "category": pd.Categorical(list("abcabcabcabc"))})
    table = TableView(frame, label="rows")
    page = PageOf(table)
    assert page.cells("any") == [
        *("1", "True", "1.0", "1", None, None, None, None, "[1, 2]", "{'a': 1}", "b'x'"),
        "2026-01-02 00:00:00",
    ]
    page.sort("any")
    page.filter(any="=1", category="a")
    assert table.filtered.index.tolist() == [0, 3]
    table.close()


def test_numbers_may_be_infinite_or_all_missing():
    table = TableView(pd.DataFrame({"n": [np.inf, -np.inf, np.nan], "none": [np.nan] * 3}), label="rows")
    page = PageOf(table)
    assert page.cells("n") == ["inf", "-inf", None]
    page.sort("none")
    page.filter(none=">1")
    page.filter(n=">1")
    assert table.filtered.index.tolist() == [0]
    table.close()


def test_two_columns_may_have_one_name():
    frame = pd.DataFrame([["a", "z", 1], ["b", "y", 2]], columns=["same", "same", "n"])
    table = TableView(frame, label="rows", columns=["same"])
    page = PageOf(table)
    assert page.names == ["same", "same"]
    page.query(sort=[[1, False]], filters=[[1, "z"]])
    assert table.filtered["n"].tolist() == [1]
    table.frame = frame.iloc[:, ::-1]
    assert page.names == ["same", "same"]
    table.close()


@pytest.mark.parametrize("frame", [FRAME.head(0), pd.DataFrame(), FRAME[[]]])
def test_a_table_may_be_empty(frame):
    table = TableView(frame, label="operations")
    page = PageOf(table)
    page.query(search="x", sort=[[0, True]], filters=[[0, "x"]])
    assert page.state["count"] == 0
    assert len(table.filtered) == 0
    assert str(table._repr_mimebundle_()["text/plain"]) == f"<TableView of {len(frame)} operations>"
    table.close()


@pytest.mark.parametrize(
    "content",
    [
        None,
        {},
        {"rows": ["a", None], "version": 1},
        {"rows": [0, 5], "version": "1"},
        {"select": 99, "frame": 0},
        {"select": "0", "frame": 0},
        {"select": 0, "frame": 7},
        {"query": {"columns": ["x", 99, -1], "filters": [[9, "x"], "y", None], "sort": [[77, True], 5]}, "frame": 0},
        {"query": {"columns": [], "search": None}, "frame": 3, "sequence": ["v", 1]},
        {
            "query": {"columns": ["x", 99, -1], "filters": [[9, "x"], "y"], "sort": [[77, True], 5]},
            "frame": 0,
            "sequence": ["v", 1],
        },
    ],
)
def test_a_malformed_message_is_ignored(table, page, content):
    table.widget._handle_custom_msg(content, [])
    assert page.words == "5 operations"
    assert table.selected.empty


def test_messages_may_arrive_on_many_threads():
    table = TableView(pd.DataFrame({"n": range(2_000)}), label="rows")
    page = PageOf(table)
    ready = Barrier(4)

    def read_and_search(name: str) -> None:
        reader = PageOf(table, name)
        ready.wait()
        for n in range(20):
            reader.query(search=str(n))
            reader.scroll(0, 50)

    threads = [Thread(target=read_and_search, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert page.words == f"{sum('19' in str(n) for n in range(2_000))} of 2,000 rows"
    assert len(table.filtered) == page.state["count"]
    table.close()


# Looks, widths, order by several columns, files


def test_columns_have_headings_kinds_and_texts_of_their_own():
    styles = {
        "method": ColumnStyle("Method", "method"),
        "cors": ColumnStyle("CORS", texts=["on", "off", None, "on", "off"]),
    }
    table = TableView(FRAME, label="operations", styles=styles)
    page = PageOf(table)
    first = page.state["columns"][0]
    assert (first["name"], first["heading"], first["kind"]) == ("method", "Method", "method")
    assert page.cells("cors") == ["on", "off", None, "on", "off"]
    page.filter(cors="=on")
    assert found(table) == [10, 40]
    assert table.filtered["cors"].tolist() == [True, True]
    table.close()


def test_rows_are_sorted_by_several_columns(table, page):
    page.query(sort=[[2, True], [1, False]])
    assert found(table) == [40, 50, 10, 30, 20]
    page.query(sort=[[2, True], [1, True]])
    assert found(table) == [40, 10, 50, 30, 20]


def test_widths_and_chosen_columns_are_kept_for_the_next_table_of_the_label(page):
    page.message(widths=[[1, 320], [99, 5], "x"], frame=page.state["frame"])
    page.query(columns=[2, 1])
    table = TableView(FRAME, label="operations")
    next_page = PageOf(table)
    assert next_page.names == ["timeout_ms", "path"]
    assert next_page.state["columns"][1]["pixels"] == 320
    assert PageOf(TableView(FRAME, label="others")).names == list(FRAME.columns)
    table.close()


def test_the_rows_found_are_downloaded_as_csv_without_formulas(page):
    page.query(columns=[1, 2, 5], search="/", sort=[[1, False]], filters=[[5, "!="]])
    page.message(download="CSV", view="a view")
    (answer,) = page.sent
    assert (answer["view"], answer["name"]) == ("a view", "operations.csv")
    lines = page.files[0].decode("utf-8").splitlines()
    assert lines[0] == '"path","timeout_ms","note"'
    assert lines[-1] == """ "/c","10000","'=exactly" """.strip()
    assert len(lines) == 4


def test_the_rows_found_are_downloaded_as_a_workbook_where_the_extra_is_installed(page, monkeypatch):
    openpyxl = pytest.importorskip("openpyxl")
    page.query(columns=[1, 2], search="/", sort=[[1, True]])
    page.message(download="Excel", view="a view")
    assert page.sent == [{"view": "a view", "name": "operations.xlsx"}]
    (sheet,) = openpyxl.load_workbook(io.BytesIO(page.files[0])).worksheets
    head, *rows = sheet.iter_rows(values_only=True)
    assert head == ("path", "timeout_ms")
    assert [path for path, _ in rows] == page.cells("path")
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    table = TableView(FRAME, label="operations")
    without = PageOf(table)
    without.message(download="Excel", view="a view")
    assert without.sent == []
    table.close()


def test_a_button_in_a_cell_acts_on_its_row_and_downloads_a_file():
    opened: list[int] = []
    frame = FRAME.assign(Open="Open", Get="Get")
    styles = {name: ColumnStyle(name, "action") for name in ("Open", "Get")}
    actions = {"Open": opened.append, "Get": lambda position: (f"{position}.txt", b"text")}
    table = TableView(frame, label="operations", styles=styles, actions=actions)
    page = PageOf(table)
    row = {"frame": page.state["frame"], "view": "a view"}
    page.message(action="Open", position=2, **row)
    page.message(action="Get", position=3, **row)
    # Another text, and a row that there is not.
    page.message(action="Delete", position=2, **row)
    page.message(action="Open", position=len(frame), **row)
    assert (opened, page.sent, page.files) == ([2], [{"view": "a view", "name": "3.txt"}], [b"text"])
    page.message(download="CSV", view="a view")
    assert b"Open" not in page.files[1]
    table.close()


def test_a_new_frame_keeps_the_selection_by_its_key():
    table = TableView(FRAME, label="operations", key=("method", "path"))
    table.select(3)
    table.frame = FRAME.iloc[::-1]
    assert table.selected.index.tolist() == [40]
    table.frame = FRAME.head(2)
    assert table.selected.empty
    table.close()


# Where no kernel runs, and the end


def test_a_saved_notebook_shows_the_first_rows(table):
    table.frame = pd.DataFrame({"path": [f"/{n}<b>" for n in range(30)], "extra": [None] * 30})
    bundle = table._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == table._box.model_id
    assert bundle["text/plain"] == "<TableView of 30 operations>"
    html = str(bundle["text/html"])
    assert "the first 20 of 30 operations" in html
    assert (html.count("<tr>"), "/19&lt;b&gt;" in html, "/20&lt;b&gt;" in html) == (21, True, False)
    PageOf(table).query(search="/1")
    assert "11 operations found among 30" in str(table._repr_mimebundle_()["text/html"])


def test_closing_closes_every_widget():
    before = set(ipywidgets.widgets.widget._instances)
    table = TableView(FRAME, label="operations")
    calls: list[None] = []
    table.on_filter(lambda: calls.append(None))
    page = PageOf(table)
    table.close()
    table.close()
    page.query(search="get")
    assert set(ipywidgets.widgets.widget._instances) == before
    assert calls == []
    assert "application/vnd.jupyter.widget-view+json" not in table._repr_mimebundle_()
    assert len(table.frame) == 5


def test_a_closed_table_releases_its_rows():
    table = TableView(FRAME, label="operations")
    kept = weakref.ref(table)
    table.close()
    del table
    gc.collect()
    assert kept() is None
