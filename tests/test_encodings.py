"""A text is found in each of its usual encodings, in several layers, over several lines, and where it is cut off."""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apig_nb.client.encodings import Encodings, replace_all
from tests.timing import least_seconds

TOKEN = base64.b64encode(bytes(range(256))).decode()
PASSWORD = "pä\"ss/w'or d+1&<x>=%25\\n"


def masked(text: str, *secrets: str) -> str:
    return replace_all(text, "***", [Encodings(secret) for secret in secrets])


def by_character(template: str) -> Callable[[str], str]:
    return lambda text: "".join(template.format(ord(char)) for char in text)


def escaped(characters: str, template: str) -> Callable[[str], str]:
    """Return a function that writes JSON as libraries do that also escape characters of HTML."""
    return lambda text: re.sub(
        f"[{characters}]", lambda one: template.format(ord(one[0])), json.dumps(text, ensure_ascii=False)[1:-1]
    )


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON of Go": escaped("<>&", "\\u{:04x}"),
    "JSON of Gson": escaped("<>&='", "\\u{:04x}"),
    "JSON of .NET": escaped("<>&+'", "\\u{:04X}"),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "escapes of JSON only": lambda text: "\\u" + text.encode("utf-16-be").hex("_", 2).replace("_", "\\u"),
    "Python": lambda text: repr(text)[1:-1],
    "bytes of Python": lambda text: repr(text.encode())[2:-1],
    "HTML": html.escape,
    "HTML of markupsafe": lambda text: html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "HTML twice": lambda text: html.escape(html.escape(text)),
    "HTML of JSON": lambda text: html.escape(json.dumps(text)[1:-1]),
    "JSON of HTML": lambda text: json.dumps(html.escape(text))[1:-1],
    "HTML in JSON of Go": lambda text: json.dumps(html.escape(text), ensure_ascii=False)[1:-1].replace("&", "\\u0026"),
    "references only": by_character("&#{};"),
    "hexadecimal references only": by_character("&#x{:X};"),
    "an address": quote,
    "a part of an address": lambda text: quote(text, safe=""),
    "a form": quote_plus,
    "an address twice": lambda text: quote(quote(text, safe=""), safe=""),
    "hex": lambda text: text.encode().hex(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of JSON": lambda text: base64.b64encode(json.dumps(text)[1:-1].encode()).decode(),
    "base64 of JSON in UTF-8": lambda text: base64.b64encode(
        json.dumps(text, ensure_ascii=False)[1:-1].encode()
    ).decode(),
    "base64 in JSON with slashes": lambda text: base64.b64encode(text.encode()).decode().replace("/", "\\/"),
    "base64 in an address": lambda text: quote(base64.b64encode(text.encode()).decode()),
    "base64 over several lines": lambda text: base64.encodebytes(text.encode()).decode().strip(),
    "several lines": lambda text: "\r\n\t".join(text[at : at + 9] for at in range(0, len(text), 9)),
    "several lines in JSON": lambda text: "\\n".join(text[at : at + 9] for at in range(0, len(text), 9)),
    "wrapped by a page": lambda text: "<wbr>".join(text[at : at + 9] for at in range(0, len(text), 9)),
    "wrapped by spaces without width": lambda text: "\u200b".join(text),
    "wrapped by their references": lambda text: "&#8203;".join(text[at : at + 9] for at in range(0, len(text), 9)),
    "hyphens that are not seen": lambda text: "\u00ad".join(text[at : at + 9] for at in range(0, len(text), 9)),
    "CSV": lambda text: text.replace('"', '""'),
    "SQL": lambda text: text.replace("'", "''"),
    "octal numbers": lambda text: "".join(
        char if char.isascii() else "".join(f"\\{byte:03o}" for byte in char.encode()) for char in text
    ),
    "other letters": str.upper,
    "the wrong character set": lambda text: text.encode().decode("latin-1"),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("secret", [TOKEN, PASSWORD, "493817", "a" * 12, "\\" * 12, "😀" * 6])
def test_every_encoding_is_replaced(encode: Callable[[str], str], secret: str) -> None:
    replaced = masked(f'{{"given": "{encode(secret)}"}}', secret)
    # A text that repeats itself may be found several times.
    assert re.sub(r"(\*\*\*)+", "***", replaced) == '{"given": "***"}'


@pytest.mark.slow
@given(
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=6, max_size=40),
    st.sampled_from(sorted(ENCODINGS)),
)
def test_every_secret_is_replaced(secret: str, name: str) -> None:
    secret = secret.strip()
    encoded = ENCODINGS[name](secret) if len(secret) >= 6 else ""
    assert not encoded or encoded not in masked(f"[{encoded}]", secret)


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_a_secret_that_is_cut_off_is_replaced(encode: Callable[[str], str]) -> None:
    begin = encode(TOKEN)[:270]
    assert masked(f"the token {begin}", TOKEN) == "the token ***"


@pytest.mark.parametrize("text", ["", "orders", "4938", "base64", TOKEN[:20], TOKEN[1:], "\\" * 99, "&#52;&#57;"])
def test_another_text_stays_the_same_object(text: str) -> None:
    assert masked(text, "493817") is text
    assert masked(text, TOKEN) is text


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["t", "\\", "t\n", "%25", "&amp;", "t<br>", "t0ken-s3", "t" + " " * 79, "dDBr"])
def test_a_hostile_text_is_searched_in_linear_time(piece: str) -> None:
    found = masked(piece * (500_000 // len(piece)) + "t0ken-s3cret-long", "t0ken-s3cret-long")
    assert found.endswith("***")


@pytest.mark.parametrize(
    "secret", ["n" * 6, "t0ken-s3cret", "u0041bcdefg", "41bcde", "amp;bcde", "pässwörd", "a&b%c\\d-e"]
)
@pytest.mark.parametrize("before", ["\\", "%", "&", "%25", "&#", "<", "é", "\\n", "u0041", "="])
def test_a_secret_is_replaced_after_what_begins_an_escape(before: str, secret: str) -> None:
    assert masked(f"{before}{secret} and so on", secret) in (f"{before}*** and so on", "*** and so on")


def test_the_search_takes_as_long_for_many_secrets_as_for_one() -> None:
    text = json.dumps([{"id": f"{number:032x}", "text": 'about "orders"\n' * 3} for number in range(10_000)])
    secrets = [Encodings(f"{number * 7919 % 1000:03d}-s3cret/of the test, {number}") for number in range(200)]

    def search(count: int) -> None:
        assert replace_all(text, "***", secrets[:count]) is text

    assert least_seconds(lambda: search(200)) < 20 * least_seconds(lambda: search(1))


def test_a_text_that_repeats_one_of_many_tokens_that_begin_alike_is_replaced_in_the_time_of_a_few_searches() -> None:
    tokens = [f"MIIFxgYJKoZIhvcNAQcCoIIFtzCCBbMC{number:04d}" * 4 for number in range(200)]
    text = "orders " * 100_000 + tokens[77]
    assert masked(text, *tokens) == "orders " * 100_000 + "***"


@pytest.mark.parametrize("name", ["several lines", "several lines in JSON", "base64 over several lines"])
@pytest.mark.parametrize("other", [TOKEN[:-40] + "x" * 40, TOKEN[:40], TOKEN + "more", TOKEN[:9]])
def test_of_secrets_that_begin_alike_all_of_the_one_that_is_there_is_replaced(name: str, other: str) -> None:
    text = f"the token {ENCODINGS[name](TOKEN)} is old"
    for secrets in ([TOKEN, other], [other, TOKEN]):
        assert masked(text, *secrets) == "the token *** is old"
