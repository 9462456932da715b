"""Files received from the page in parts, in any order, up to a number of uploads."""

import json
from typing import Any

import ipywidgets
import pytest

from apig_nb.widgets.workbench.files_field import MAX_UPLOADS, FilesField


class Upload:
    def __init__(self) -> None:
        self.files: list[tuple[str, bytes]] = []
        self.too_large: list[tuple[str, int]] = []
        self.field = FilesField(
            lambda name, content: self.files.append((name, content)),
            lambda name, size: self.too_large.append((name, size)),
            label="Load files…",
            limit=100,
        )

    def send(self, upload: str, part: int, parts: int, content: bytes, **facts: Any) -> None:
        message = {"upload": upload, "name": f"{upload}.json", "size": 10, "part": part, "parts": parts, **facts}
        self.field._handle_custom_msg(message, [memoryview(content)])


@pytest.fixture
def received() -> Upload:
    return Upload()


def test_parts_of_a_file_may_arrive_in_any_order(received):
    received.send("a", 2, 3, b"!")
    received.send("b", 0, 1, b"")
    received.send("a", 0, 3, b"one ")
    assert received.files == [("b.json", b"")]
    received.send("a", 1, 3, b"file")
    assert received.files[1:] == [("a.json", b"one file!")]


def test_a_file_that_is_too_large_is_refused(received):
    received.send("huge", 0, 1, b"", size=101)
    assert received.too_large == [("huge.json", 101)]
    assert received.files == []


def test_the_oldest_incomplete_upload_is_dropped(received):
    for number in range(MAX_UPLOADS + 1):
        received.send(f"half {number}", 0, 2, b"never ends")
    received.send("half 0", 1, 2, b"too late")
    assert received.files == []
    received.send(f"half {MAX_UPLOADS}", 1, 2, b", but this one")
    assert received.files == [(f"half {MAX_UPLOADS}.json", b"never ends, but this one")]


@pytest.mark.parametrize("message", [None, [], {}, {"upload": 1}, {"upload": "a", "name": "b", "size": "c"}])
def test_a_malformed_message_is_ignored(received, message):
    received.field._handle_custom_msg(message, [])
    assert (received.files, received.too_large) == ([], [])


def test_the_content_of_a_file_is_not_in_the_state_of_the_widget(received):
    received.send("a", 0, 1, b"the content")
    assert "the content" not in json.dumps(ipywidgets.Widget.get_manager_state(), default=str)
