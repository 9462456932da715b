"""Parts of the APIs that an export does not contain are not compared, and every result says so."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

import apig_nb as apig
from apig_nb.cli import main
from apig_nb.request import BACKENDS, FRONT_END, POLICIES
from tests.compare.comparing import compared, openapi


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("all", "all", {}),
        ("all", "spec", {BACKENDS: "the new export has the scope spec", POLICIES: "the new export has the scope spec"}),
        ("proxy", "all", {POLICIES: "the old export has the scope proxy"}),
        ("dev", "proxy", {POLICIES: "the old export has the scope dev; the new export has the scope proxy"}),
        ("spec", "spec", dict.fromkeys((BACKENDS, POLICIES), "both exports have the scope spec")),
    ],
)
def test_every_report_names_the_parts_that_were_not_compared(
    client: apig.Client, tmp_path: Path, old: str, new: str, missing: dict[str, str]
):
    exports = [client.export(group="orders", env="RELEASE", define=define) for define in (old, new)]
    comparison = apig.compare(*exports)
    assert dict(comparison.not_compared.itertuples(index=False)) == missing
    assert list(comparison.not_compared.columns) == ["part", "reason"]
    parts = {"backend": BACKENDS, "traffic": POLICIES}
    assert {parts[name] for name in parts if comparison.summary[name].isna().all()} == set(missing)
    document = json.loads(comparison.to_json())
    assert document["not_compared"] == missing
    for shown in (comparison.to_html(), comparison.to_markdown(), comparison._repr_html_()):
        assert bool(missing) == ("Not compared" in shown)
        assert all(reason in shown for reason in missing.values())
    suite = ElementTree.fromstring(comparison.to_junit())
    skipped = {case.attrib["name"]: case[0].attrib["message"] for case in suite if [*case.iter("skipped")]}
    assert skipped == {f"not compared: {part}": reason for part, reason in missing.items()}
    rows = list(csv.DictReader(io.StringIO(comparison.to_csv())))
    assert {row["location"]: row["message"] for row in rows if row["severity"] == "not compared"} == missing


def test_parts_of_files_are_known_from_their_content(client: apig.Client):
    """The service writes no key for a part that the scope leaves out."""
    raw = {scope: client.export(group="orders", env="RELEASE", define=scope).raw for scope in ("all", "proxy", "spec")}
    assert {scope: apig.load(content).contains for scope, content in raw.items()} == {
        "all": {FRONT_END, BACKENDS, POLICIES},
        "proxy": {FRONT_END, BACKENDS},
        "spec": {FRONT_END},
    }
    reasons: dict[str, str] = dict(apig.compare(raw["all"], raw["spec"]).not_compared.itertuples(index=False))
    assert reasons == dict.fromkeys((BACKENDS, POLICIES), "the new document has none")
    # An export of the scope `all` without policies looks like one of the scope `proxy`, so the policies are compared.
    comparison = apig.compare(raw["all"], raw["proxy"])
    assert comparison.not_compared.empty
    assert {"ratelimit-unbound", "access-control-unbound"} < set(comparison.changes["rule"])
    assert compared(openapi({}), openapi({})).not_compared.empty


@pytest.mark.parametrize(
    ("old", "new", "require", "code"),
    [
        ("all", "all", "backends,policies", 0),
        ("proxy", "proxy", "backends", 0),
        ("proxy", "proxy", "backends,policies", 2),
        ("spec", "all", "backends", 2),
        ("spec", "all", "nonsense", 2),
    ],
)
def test_the_command_can_require_that_parts_are_compared(
    client: apig.Client,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    require: str,
    code: int,
):
    files = []
    for name, define in (("old", old), ("new", new)):
        files.append(str(client.export(group="orders", env="RELEASE", define=define).save(tmp_path / f"{name}.json")))
    command = ["compare", *files, "--require", require]
    assert main(command) == code
    output = capsys.readouterr()
    assert (output.out == "") == (code == 2)
    if require == "nonsense":
        assert "'nonsense' is none of backends, policies" in output.err
        return
    assert ("not compared: " in output.err) == (code == 2)
    assert main(command[:-2]) == 0
    assert capsys.readouterr().out.startswith("Not compared: ") == ((old, new) != ("all", "all"))
