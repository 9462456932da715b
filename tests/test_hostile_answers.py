"""Answers that were made to take long: only the beginning of an error is read, and a document is read once."""

import json
import time
from contextlib import suppress

import httpx
import pytest

import apig_nb as apig
from apig_nb.client.service_errors import MAX_BYTES, page_title, read_service_error

SIZE = 2_000_000
REQUEST = apig.ExportRequest(project_id="p" * 32, instance_id="i" * 32, group_id="g" * 32, env_id="e" * 32, version="v")


@pytest.fixture
def usual() -> float:
    """Return the seconds that this machine needs at the moment to read usual JSON of this size."""
    text = b"[" + b'{"a": 1},' * (SIZE // 4 // 9) + b"{}]"
    start = time.thread_time()
    json.loads(text)
    return 4 * (time.thread_time() - start)


def repeated(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


ERRORS = {
    "<": repeated(b"<"),
    "<script ": repeated(b"<script "),
    "<script>": repeated(b"<script>"),
    "</script>": repeated(b"</script>"),
    "<title": repeated(b"<title"),
    "<title>": repeated(b"<title>"),
    "a long name": b"<" + repeated(b"a"),
    "a long attribute": b"<a " + repeated(b"b='>"),
    "a list": b"[" + repeated(b"1,") + b"1]",
    "lists in lists": repeated(b"["),
    "objects in objects": repeated(b'{"a":'),
    "a long key": b'{"' + repeated(b"a") + b'":1}',
    "a long code": b'{"error_code": "' + repeated(b"A") + b'"}',
    "digits": b'{"error_code": ' + repeated(b"9") + b"}",
    "canonical requests": repeated(b"canonicalRequest:"),
    "headers": repeated(b"X-Auth-Token: "),
    "blanks after a header": b"X-Auth-Token:" + repeated(b" "),
    "signatures": repeated(b"Signature="),
    "line ends": repeated(b"\n"),
    "no text": repeated(b"\xff"),
}


@pytest.mark.parametrize("body", ERRORS.values(), ids=ERRORS)
def test_an_error_is_read_in_no_time(body: bytes, usual: float) -> None:
    for beginning in (b"", b"<html>", b'{"error_msg": "'):
        start = time.thread_time()
        assert len(read_service_error(500, {}, beginning + body).error_msg) <= 500
        assert len(page_title(beginning + body)) <= MAX_BYTES
        assert time.thread_time() - start < 100 * usual


@pytest.mark.slow
@pytest.mark.parametrize("status", [200, 401, 500])
@pytest.mark.parametrize("body", ERRORS.values(), ids=ERRORS)
def test_a_call_that_is_answered_by_it_ends(body: bytes, status: int, usual: float) -> None:
    answer = httpx.Response(status, content=body)
    transport = httpx.MockTransport(lambda _: answer)
    with (
        apig.connect(region="eu-de", token="t0ken-of-the-test", project_id="p" * 32, transport=transport) as client,
        pytest.raises(apig.ApigError),
    ):
        start = time.thread_time()
        client.gateways()
    assert time.thread_time() - start < 100 * usual


DOCUMENTS = {
    "info in info": repeated(b'{"info":') + b"{}",
    "info without an end": b'{"swagger": "2.0", ' + repeated(b'"info": {"title": 1, ') + b"}",
    "blank lines": b"swagger: '2.0'\ninfo:\n" + repeated(b"\n") + b"paths: {}\n",
    "words in lines": b"swagger: '2.0'\ninfo:\n" + repeated(b" a\n"),
    "infos": b"swagger: '2.0'\n" + b"info:\n" * 20_000,
    "swagger without a value": repeated(b"\nswagger "),
    "a title": b'{"swagger": "2.0", "info": {"title": "' + repeated(b"a") + b'"}, "paths": {}}',
    "quotation marks": b'{"swagger": "2.0", "info": {"title": "' + repeated(b'\\"') + b'"}, "paths": {}}',
    "pages": repeated(b"<title"),
}


@pytest.mark.slow
@pytest.mark.parametrize("body", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_is_compared_with_its_request_in_the_time_of_reading_it(body: bytes, usual: float) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body))

    start = time.thread_time()
    with suppress(apig.DocumentError):
        apig.load(body)
    middle = time.thread_time()
    with (
        apig.connect(region="eu-de", token="t0ken-of-the-test", project_id="p" * 32, transport=transport) as client,
        suppress(apig.ApigError),
    ):
        assert all(len(warning) < 400 for warning in client.send(REQUEST).warnings)
    assert time.thread_time() - middle < 3 * (middle - start) + 100 * usual
