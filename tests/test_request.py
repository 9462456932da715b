"""`ExportRequest`: checked fields, path, query and body, and its forms as YAML, curl and Python."""

import json
import os
import shlex
import subprocess
import sys
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apig_nb import ArgumentError, Client, ExportRequest, FieldError
from apig_nb.request import ALLOWED, FIELD_NAMES, find_scope
from apig_nb.sandbox import Sandbox

IDS: dict[str, Any] = {
    "project_id": "p" * 32,
    "instance_id": "i" * 32,
    "env_id": "DEFAULT_ENVIRONMENT_RELEASE_ID",
    "group_id": "6" * 32,
}
FULL: dict[str, Any] = IDS | {
    "define": "all",
    "type": "yaml",
    "oas_version": "3.0",
    "version": "1.0",
    "apis": ["a1", "a2"],
}


def test_only_given_fields_are_sent_and_others_have_defaults():
    request = ExportRequest(**IDS)
    assert request.path() == f"/v2/{'p' * 32}/apigw/instances/{'i' * 32}/openapi/export"
    assert (request.query, request.body) == ({}, {"env_id": IDS["env_id"], "group_id": IDS["group_id"]})
    assert (request.define, request.type, request.oas_version) == ("spec", "json", "2.0")
    assert (request.version, request.apis, request.given) == (None, None, frozenset(IDS))


def test_every_field_is_sent_in_path_query_or_body():
    request = ExportRequest(**FULL)
    assert request.query == {"oas_version": "3.0"}
    in_body = ("env_id", "group_id", "define", "type", "version", "apis")
    assert request.body == {name: FULL[name] for name in in_body}
    assert request.to_dict() == FULL


def test_a_default_that_is_given_is_sent():
    assert ExportRequest(**IDS, define="spec").body["define"] == "spec"


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in ALLOWED.items() for value in values])
def test_every_value_of_an_enumeration_is_accepted(field, value):
    assert getattr(ExportRequest(**IDS, **{field: value}), field) == value


@pytest.mark.parametrize("field", ALLOWED)
@pytest.mark.parametrize("value", ["", "SPEC", "xml", "2", 2.0, ["spec"], b"spec"])
def test_a_value_outside_its_enumeration_is_an_error_with_the_allowed_ones(field, value):
    with pytest.raises(FieldError, match=rf"^{field}: ") as caught:
        ExportRequest(**IDS, **{field: value})
    assert caught.value.allowed == ALLOWED[field]


@pytest.mark.parametrize("field", IDS)
def test_a_missing_mandatory_field_is_named(field):
    with pytest.raises(FieldError, match=rf"^{field}: is mandatory"):
        ExportRequest(**{**IDS, field: None})


UNSAFE = [
    "",
    " ",
    "a b",
    "a/b",
    "a\\b",
    "..",
    ".",
    "a?b",
    "a#b",
    "a%2fb",
    "a\nb",
    "a\x00b",
    "a\u00a0b",
    "\ud800",
    5,
    b"a",
]


@pytest.mark.parametrize("field", IDS)
@pytest.mark.parametrize("value", UNSAFE)
def test_an_id_that_would_change_the_path_is_an_error(field, value):
    with pytest.raises(FieldError, match=rf"^{field}: "):
        ExportRequest(**{**IDS, field: value})


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "\x1b[2J", "\udcff", 1.0])
def test_a_malformed_version_is_an_error(value):
    with pytest.raises(FieldError, match=r"^version: "):
        ExportRequest(**IDS, version=value)


@pytest.mark.parametrize("value", [[], "a1", b"a1", {"a1": 1}, 5, [""], [None], ["a", "a"], ["a/b"], [["a"]]])
def test_a_malformed_list_of_apis_is_an_error(value):
    with pytest.raises(FieldError, match=r"^apis: "):
        ExportRequest(**IDS, apis=value)


def test_a_member_of_an_enumeration_becomes_plain_text():
    class Scope(StrEnum):
        ALL = "all"

    assert type(ExportRequest(**IDS, define=Scope.ALL).define) is str


def test_replace_returns_a_changed_copy_and_none_resets_a_field():
    request = ExportRequest(**FULL)
    changed = request.replace(define=None, apis=None, type="json")
    assert (changed.define, changed.apis, changed.type) == ("spec", None, "json")
    assert "define" not in changed.body
    assert request == ExportRequest(**FULL)
    with pytest.raises(FieldError, match="is not a field of the export call"):
        request.replace(environment="x")


ids = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: _taken("group_id", text))
versions = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: _taken("version", text))


def _taken(field: str, value: str) -> bool:
    try:
        ExportRequest(**{**IDS, field: value})
    except FieldError:
        return False
    return True


@given(
    st.fixed_dictionaries(
        dict.fromkeys(IDS, ids),
        optional={
            "version": versions,
            "apis": st.lists(ids, min_size=1, max_size=4, unique=True),
            **{name: st.sampled_from(values) for name, values in ALLOWED.items()},
        },
    )
)
def test_yaml_reads_back_as_the_same_request(fields):
    request = ExportRequest(**fields)
    assert ExportRequest.from_yaml(request.to_yaml()) == request


@pytest.mark.parametrize("version", ["1.0", "2026-01-02", "yes", "null", "0x1f", "1e3", "12:30:45", "~", "[a]", "a: b"])
def test_yaml_keeps_text_that_looks_like_another_type(version):
    request = ExportRequest(**IDS, version=version)
    assert ExportRequest.from_yaml(request.to_yaml()).version == version


def test_hand_written_yaml_needs_no_quotes():
    written = "\n".join(f"{name}: {value}" for name, value in (IDS | {"oas_version": "3.0", "version": "1.0"}).items())
    assert ExportRequest.from_yaml(written) == ExportRequest(**IDS, oas_version="3.0", version="1.0")


@pytest.mark.parametrize(
    "text",
    ["", "a", "[1]", "{", "\x00", "group: x", "? [a]\n: b", "[" * 100_000, '"\\UFFFFFFFF"', '"\\U00110000"'],
)
def test_yaml_that_is_not_a_request_is_an_error(text):
    with pytest.raises(FieldError):
        ExportRequest.from_yaml(text)


def test_the_curl_command_makes_the_same_call_without_the_token():
    request = ExportRequest(**FULL | {"version": "it's 'new' $HOME `x` é"})
    words = shlex.split(request.curl("https://apig.example.com/").replace("\\\n", " "))
    assert words[:4] == ["curl", "--request", "POST", f"https://apig.example.com{request.path()}?oas_version=3.0"]
    assert words[4:8] == ["--header", "X-Auth-Token: $APIG_TOKEN", "--header", "Content-Type: application/json"]
    assert (words[8], json.loads(words[9])) == ("--data", request.body)


def test_the_python_code_makes_the_same_call(sandbox: Sandbox, client: Client):
    """The code that the form shows runs unchanged in a new interpreter."""
    group = client.groups().query("name != 'DEFAULT'").iloc[0]
    request = client.request(group=group["id"], env="RELEASE", define="all", type="yaml", version="it's 1.0")
    code = request.python(sandbox.url) + "    print(export.sha256, export.request == request)\n"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "APIG_TOKEN": sandbox.token},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == [client.send(request).sha256, "True"]
    assert sandbox.token not in code


def test_roma_connect_has_its_own_path(sandbox: Sandbox):
    request = ExportRequest(**FULL)
    path = f"/v2/{request.project_id}/apic/instances/{request.instance_id}/openapi/export"
    assert request.path("roma") == path
    assert request.url("https://roma.example.com/", "roma") == f"https://roma.example.com{path}?oas_version=3.0"
    assert f"https://roma.example.com{path}?" in request.curl("https://roma.example.com", "roma")
    assert "    service='roma',\n)" in request.python("https://roma.example.com", "roma")
    assert "service" not in request.python()
    with pytest.raises(ArgumentError, match=r"^service: is not known.*allowed: apig, roma"):
        request.url(service="other")


def test_an_asynchronous_export_is_started_at_its_own_path():
    request = ExportRequest(**FULL)
    path = request.path().replace("/openapi/export", "/openapi/async-export")
    assert request.path(as_task=True) == path
    assert request.url(as_task=True) == f"https://ENDPOINT{path}?oas_version=3.0"
    assert f"https://ENDPOINT{path}?" in request.curl(as_task=True)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("spec", {"front end"}),
        ("base", {"front end"}),
        ("PROXY", {"front end", "backends"}),
        ("full", {"front end", "backends"}),
        ("all", {"front end", "backends", "policies"}),
        ("dev", {"front end", "backends"}),
    ],
)
def test_the_parts_of_each_definition_scope(name, parts):
    scope = find_scope(name)
    assert scope is not None
    assert scope.parts == parts


@pytest.mark.parametrize("name", [None, "", "other"])
def test_an_unknown_definition_scope_is_none(name):
    assert find_scope(name) is None


def test_every_field_of_the_call_is_covered():
    assert set(FIELD_NAMES) == set(FULL)
