"""Values and errors in other processes: pickle, copies, fork."""

import copy
import inspect
import multiprocessing
import os
import pickle
import pkgutil
import secrets
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import apig_nb as apig
from apig_nb.client.tasks import ExportTask, Progress
from apig_nb.compare.options.ignore_file import Added, add_ignored
from tests.archive.making import bytes_of, day, document, estate
from tests.connected import no_progress

for module in pkgutil.walk_packages(apig.__path__, "apig_nb."):
    # Otherwise errors of modules that nothing has imported yet would not be found.
    if not module.name.endswith("__main__"):
        import_module(module.name)


def subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for subclass in kind.__subclasses__():
        yield from subclasses(subclass)


ERRORS = sorted({kind for kind in subclasses(apig.ApigError) if kind.__module__.startswith("apig_nb")}, key=str)


def pickled(value: Any, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(value, protocol))


WAYS: dict[str, Callable[[Any], Any]] = {
    **{f"protocol-{one}": partial(pickled, protocol=one) for one in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
each_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def example(kind: type[Any]) -> Any:
    """Make an error; its arguments are chosen by their annotations."""
    if not inspect.isfunction(kind.__init__):
        return kind("text")
    arguments: dict[str, Any] = {"int": 7, "str": "text", "str | None": "text", "Sequence[str]": ("one", "two")}
    parameters = inspect.signature(kind).parameters.values()
    return kind(*(arguments.get(str(one.annotation), "value") for one in parameters))


@each_way
@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_errors_survive_pickle_and_copies(kind, way):
    error = example(kind)
    error.add_note("a note")
    other = way(error)
    assert type(other) is kind
    assert (str(other), repr(other), other.args, vars(other)) == (str(error), repr(error), error.args, vars(error))
    assert other.__notes__ == ["a note"]


def test_an_error_over_a_value_that_cannot_be_pickled_keeps_its_text():
    error = apig.ArgumentError("passcode", lambda: "1", "must be a text")
    other = pickle.loads(pickle.dumps(error))
    assert str(other) == str(error)
    assert other.value.startswith("<function")


# Values: made, and looked at as users do.


def export_of(client: apig.Client) -> apig.Export:
    return client.export(group="orders", env="RELEASE", define="all")


def comparison_of(client: apig.Client) -> apig.Comparison:
    test = client.export(group="orders", env="TEST", define="all")
    return apig.compare(export_of(client), test, ignore=[{"rule": "description-*", "reason": "reworded"}])


def set_of(client: apig.Client) -> apig.ExportSet:
    return client.export_many(client.requests(env="RELEASE", groups=["orders", "catalog"]), progress=no_progress)


def set_comparison_of(client: apig.Client) -> apig.SetComparison:
    requests = client.requests(env=["RELEASE", "TEST"], groups=["orders", "catalog"], define="all")
    exports = client.export_many(requests, progress=no_progress)
    return apig.compare(exports.where(environment="RELEASE"), exports.where(environment="TEST"))


VALUES: dict[type[Any], Callable[[apig.Client], Any]] = {
    apig.Archive: lambda _: apig.Archive("memory://processes"),
    apig.Audit: lambda client: apig.audit(set_of(client), baseline=set_of(client)),
    apig.Export: export_of,
    apig.Comparison: comparison_of,
    apig.ExportRequest: lambda client: client.request(group="orders", env="RELEASE"),
    apig.Limits: lambda _: apig.Limits(retries=7),
    apig.ExportSet: set_of,
    apig.SetComparison: set_comparison_of,
    apig.ExportKey: lambda _: apig.ExportKey(gateway="retail-prod", group="orders"),
    Progress: lambda _: Progress("id", "waiting", 1, 0.5),
}
"""Public classes whose objects are values, with a function that makes one."""

NO_VALUES = {"AuditView", "Client", "ComparisonView", "Explorer", "ExportForm", "Workbench"}
"""Public classes with connections or widgets."""


def contents(value: Any) -> dict[str, Any]:
    """Return what the public properties show."""
    shown = {}
    for name in dir(value):
        if name.startswith("_") or name == "definition":
            continue
        attribute = getattr(value, name)
        if not callable(attribute):
            attribute = sorted(attribute) if isinstance(attribute, frozenset) else attribute
            shown[name] = attribute.to_dict() if hasattr(attribute, "to_dict") else attribute
    return {name: repr(attribute) for name, attribute in shown.items()}


def test_every_public_class_is_a_value_or_known_not_to_be_one():
    classes = {name for name in apig.__all__ if isinstance(getattr(apig, name), type)}
    values = {kind.__name__ for kind in (*VALUES, *ERRORS)}
    assert classes - values == NO_VALUES


@pytest.mark.slow
@each_way
@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_values_survive_pickle_and_copies_before_and_after_use(kind, way, client):
    value = VALUES[kind](client)
    unused = way(value)
    expected = contents(value)
    assert contents(unused) == expected
    assert contents(way(value)) == expected
    assert repr(way(value)) == repr(value)


@pytest.mark.parametrize("way", [pickle.dumps, copy.deepcopy])
def test_what_is_read_of_a_document_says_what_to_pass_instead(way):
    definition = apig.load('{"openapi": "3.0.3", "paths": {"/a": {"get": {}}}}').definition
    for value in (definition, definition.operations[0]):
        with pytest.raises(TypeError, match=r"neither pickled nor copied: pass the Export"):
            way(value)


@each_way
def test_reports_of_a_copied_comparison_are_the_same(way, client):
    comparison = comparison_of(client)
    other = way(comparison)
    assert [other.to_html(), other.to_json(), other.to_junit()] == [
        comparison.to_html(),
        comparison.to_json(),
        comparison.to_junit(),
    ]
    assert other.explode().equals(comparison.explode())


@each_way
def test_an_added_entry_can_be_undone_after_pickle(way, tmp_path):
    file = tmp_path / "ignore.yaml"
    added = way(add_ignored(file, rule="description-altered", reason="unused"))
    assert isinstance(added, Added)
    added.undo()
    assert not file.exists()


@each_way
def test_a_client_a_task_and_a_sandbox_say_why_they_are_not_copied(way, client, sandbox):
    with pytest.raises(TypeError, match=r"a Client holds .* connect\(\)"):
        way(client)
    task = client.start(client.request(group="orders", env="RELEASE"))
    with pytest.raises(TypeError, match=r"an ExportTask .* result\(\)"):
        way(task)
    with pytest.raises(TypeError, match="a Sandbox is a running server"):
        way(sandbox)
    assert isinstance(task, ExportTask)


# Processes


def raise_in_worker(kind: type[Exception]) -> None:
    raise example(kind)


@pytest.mark.slow
def test_errors_reach_the_parent_of_a_pool():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for kind in ERRORS:
            with pytest.raises(kind) as caught:
                pool.apply_async(raise_in_worker, (kind,)).get(timeout=60)
            assert str(caught.value) == str(example(kind))


IN_FORK = """
import json, multiprocessing, sys, threading, time
import httpx
import apig_nb as apig

url, token, project_id, instance_id, username, password, domain_name = sys.argv[1:]
GATEWAY = {"endpoint": url, "project_id": project_id, "instance_id": instance_id}
FORK = multiprocessing.get_context("fork")

def in_fork(function, *given):
    def call(pipe):
        try:
            pipe.send(function(*given))
        except Exception as error:
            pipe.send(str(error))
    here, there = multiprocessing.Pipe()
    process = FORK.Process(target=call, args=(there,), daemon=True)
    process.start()
    return here.recv() if here.poll(100) else "the process hangs"

def groups(client):
    return ",".join(client.groups()["name"])

def paths(count):
    document = {"openapi": "3.0.3", "paths": {f"/{number}": {"get": {}} for number in range(count)}}
    return len(apig.Export(raw=json.dumps(document).encode()).operations)

def titles(group):
    return {client.export(group=group, env="RELEASE").definition.title for _ in range(15)}

client = apig.connect(token=token, **GATEWAY)
"""
"""The begin of a script, which runs in a process without other threads: a fork of one with threads may hang."""

CASES = {
    "connections": (
        """
client.export(group="orders", env="RELEASE")   # opens a connection that is kept
with FORK.Pool(4) as pool:
    groups = ["orders", "catalog", "payments", "devices"]
    result = pool.map_async(titles, groups, chunksize=1)
    mine = titles("files")
    print(result.get(timeout=60) == [{group} for group in groups], mine)
""",
        "True {'files'}",
    ),
    "a login that runs": (
        """
login = apig.connect(username=username, password=password, domain_name=domain_name, iam_endpoint=url, **GATEWAY)
thread = threading.Thread(target=login.groups)
thread.start()
time.sleep(0.5)   # the login is sent and its answer is waited for
print("orders" in (answer := in_fork(groups, login)) or answer)
thread.join()
""",
        "True",
    ),
    "a document that a thread reads": (
        """
paths(1)   # imports all that is needed
done = threading.Event()
thread = threading.Thread(target=lambda: [paths(2_000) for _ in iter(done.is_set, True)])
thread.start()
time.sleep(0.2)
print([in_fork(paths, 3) for _ in range(3)])
done.set()
""",
        "[3, 3, 3]",
    ),
    "a closed client": ("client.close()\nprint(in_fork(groups, client))", "the client is closed; connect again"),
    "a transport": (
        """
client = apig.connect(token=token, transport=httpx.HTTPTransport(), **GATEWAY)
client.groups()
print("connect again there" in in_fork(groups, client))
""",
        "True",
    ),
}


@pytest.mark.slow
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@pytest.mark.parametrize("case", CASES)
def test_a_forked_process_shares_no_connection_and_no_lock(case, own):
    script, expected = CASES[case]
    login = own.login_of("operator")
    given = [own.url, own.token, own.project_id, own.instance_id]
    given += [login[name] for name in ("username", "password", "domain_name")]
    if "login" in case:
        own.fault("tokens", delay=2)
    command = [sys.executable, "-c", IN_FORK + script, *given]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (run.stdout.strip(), run.stderr) == (expected, "")


def die_while_sending() -> None:
    """Let this worker be killed as soon as it has sent a part of a result."""

    def send_a_part(connection: Connection, message: bytes) -> None:
        # The system writes no part of so few bytes.
        is_whole = len(message) <= select.PIPE_BUF
        os.write(connection.fileno(), message if is_whole else message[: len(message) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    Connection._send = send_a_part  # type: ignore[attr-defined]


def with_dying_workers(folder: Path, url: str) -> None:
    def dying() -> Executor:
        return ProcessPoolExecutor(1, initializer=die_while_sending)

    def estate_of(number: int) -> apig.ExportSet:
        # Too long for one write, also when compressed.
        paths = {"/a": {"get": {"description": secrets.token_hex(20_000)}}}
        return estate({name: document(name, number, paths=paths) for name in "ab"}, number)

    archive, days = apig.Archive(folder), [estate_of(number) for number in range(2)]
    for number, exports in enumerate(days):
        with dying() as executor:
            archive.add(exports, day(number), executor=executor)
        assert bytes_of(archive.at(day(number))) == bytes_of(exports)
    with dying() as executor:
        pd.testing.assert_frame_equal(archive.timeline(executor=executor), archive.timeline())
    with dying() as executor:
        operations = days[0].tables("operations", executor=executor)["operations"]
    pd.testing.assert_frame_equal(operations, days[0].operations)
    with apig.connect(endpoint=url) as client, dying() as executor:
        requests = client.requests(env="RELEASE", gateways="retail-prod")
        exports = client.export_many(requests, progress=no_progress, executor=executor)
    assert [len(exports), len(exports.failures)] == [1, len(requests) - 1]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills by signals")
def test_a_worker_that_is_killed_while_it_sends_a_result_hangs_nothing(own, tmp_path, monkeypatch):
    monkeypatch.setenv("OS_TOKEN", own.token)
    monkeypatch.setenv("OS_PROJECT_ID", own.project_id)
    process = multiprocessing.get_context("spawn").Process(target=with_dying_workers, args=(tmp_path, own.url))
    process.start()
    process.join(300)
    was_hanging = process.is_alive()
    process.kill()
    assert not was_hanging
    assert process.exitcode == 0
