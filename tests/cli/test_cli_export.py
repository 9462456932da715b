"""`apig-nb export`: one group to standard output, a file or a folder; several groups to a folder."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

import apig_nb as apig
from apig_nb.sandbox import Sandbox
from tests.cli.running import COMMAND, NEEDS_A_SHELL, environment, of_sandbox, on_terminal, run

pytestmark = pytest.mark.slow  # starts processes

ORDERS = ("export", "--sandbox", "--env", "RELEASE", "--group", "orders")
ALL = ("export", "--env", "RELEASE", "--all", "--gateway", "retail-prod")


@pytest.fixture
def orders(client: apig.Client) -> bytes:
    return client.export(group="orders", env="RELEASE", define="all").raw


def test_one_group_is_written_to_standard_output_or_a_file_or_a_folder(tmp_path: Path, orders: bytes):
    to_pipe = run(*ORDERS)
    assert (to_pipe.returncode, to_pipe.stderr) == (0, "")
    run(*ORDERS, "--output", tmp_path / "orders.json")
    run(*ORDERS, "--output", tmp_path)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    by_service, by_user = sorted(files)
    assert by_user == "orders.json"
    assert re.fullmatch(r"orders-RELEASE-all-[\d-]+\.json", by_service)
    assert {to_pipe.stdout.encode(), *files.values()} == {orders}


def test_the_fields_of_the_request_are_options(tmp_path: Path):
    options = ("--define", "spec", "--type", "yaml", "--oas-version", "3.0", "--api", "API_orders_list")
    run(*ORDERS, *options, "--output", tmp_path / "a.yaml")
    loaded = apig.load(tmp_path / "a.yaml")
    assert (loaded.definition.standard, loaded.definition.format) == ("OpenAPI 3.0.0", "yaml")
    assert [*loaded.operations["operation_id"]] == ["API_orders_list"]
    assert loaded.contains == {"front end"}


def test_every_group_is_written_to_a_folder(tmp_path: Path, client: apig.Client):
    done = run(*ALL, "--sandbox", "--output", tmp_path / "out")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    titles = {apig.load(path).definition.title for path in (tmp_path / "out" / "retail-prod").iterdir()}
    assert titles == {*client.groups()["name"]}


def test_some_groups_are_written_to_a_folder(tmp_path: Path):
    run(*ORDERS, "--group", "files", "--output", tmp_path / "out")
    assert {path.name.partition("-")[0] for path in (tmp_path / "out" / "retail-prod").iterdir()} == {"files", "orders"}


@NEEDS_A_SHELL
def test_a_person_sees_the_progress(tmp_path: Path):
    assert "7/7" in on_terminal(*ALL, "--sandbox", "--output", tmp_path / "out")


def test_the_others_are_written_where_one_is_refused(own: Sandbox, tmp_path: Path):
    own.fault("export", code="APIG.2000")
    done = run(*ALL, "--output", tmp_path / "out", variables=of_sandbox(own))
    assert done.returncode == 3
    assert [line.startswith("apig-nb: ") and "APIG.2000" in line for line in done.stderr.splitlines()] == [True]
    assert len([*(tmp_path / "out" / "retail-prod").iterdir()]) == 6


@NEEDS_A_SHELL
def test_an_interrupt_ends_it_at_once_and_keeps_what_was_made(own: Sandbox, tmp_path: Path):
    own.fault("export", delay=0.1, times=4)
    own.fault("export", delay=600, times=3)
    command = [*COMMAND, *ALL, "--output", str(tmp_path / "out")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment(of_sandbox(own))) as process:
        while not [*tmp_path.glob("out/*/*.json")]:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.communicate()[1] == b""
    assert process.returncode == 130
    assert [apig.load(path).definition.title for path in tmp_path.glob("out/*/*.json")]


def test_exports_of_several_gateways_and_environments_are_shown_as_one_table(tmp_path: Path):
    done = run(*ALL[:-1], "all", "--env", "TEST", "--sandbox", "--output", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    shown = run("show", "operations", tmp_path / "out").stdout.splitlines()
    assert shown[0].startswith("project\tgateway\tenvironment\tgroup\tmethod\tpath\t")
    keys = {tuple(line.split("\t")[1:4]) for line in shown[1:]}
    assert {("retail-prod", "RELEASE", "orders"), ("retail-prod", "TEST", "orders")} < keys
    assert {gateway for gateway, _, _ in keys} == {"retail-prod", "retail-staging"}
    one = run("show", "operations", f"{tmp_path}/out/retail-prod/orders-TEST-*.json", "--format", "json")
    assert {row["environment"] for row in json.loads(one.stdout)} == {"TEST"}
