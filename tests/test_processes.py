"""Values and errors in other processes: pickle, copies, fork."""

import copy
import inspect
import multiprocessing
import pickle
import pkgutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.client.batch import ExportBatch
from apig_nb.client.tasks import ExportTask, Progress
from apig_nb.compare.options.ignore_file import Added, add_ignored
from tests.connected import connected, quiet

FORKS = hasattr(multiprocessing, "get_all_start_methods") and "fork" in multiprocessing.get_all_start_methods()

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


VALUES: dict[type[Any], Callable[[apig.Client], Any]] = {
    apig.Export: export_of,
    apig.Comparison: comparison_of,
    apig.ExportRequest: lambda client: client.request(group="orders", env="RELEASE"),
    apig.Limits: lambda _: apig.Limits(retries=7),
    ExportBatch: lambda client: client.export_many(client.requests(env="RELEASE", groups=["orders"]), progress=quiet),
    Progress: lambda _: Progress("id", "waiting", 1, 0.5),
}
"""Public classes whose objects are values, with a function that makes one."""

NO_VALUES = {"Client", "ComparisonView", "Explorer", "ExportForm", "Workbench"}
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


@each_way
@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
def test_values_survive_pickle_and_copies_before_and_after_use(kind, way, client):
    value = VALUES[kind](client)
    unused = way(value)
    expected = contents(value)
    assert contents(unused) == expected
    assert contents(way(value)) == expected
    assert repr(way(value)) == repr(value)


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
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_errors_reach_the_parent_of_a_pool(method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        for kind in ERRORS:
            with pytest.raises(kind) as caught:
                pool.apply_async(raise_in_worker, (kind,)).get(timeout=60)
            assert str(caught.value) == str(example(kind))


CLIENT: list[apig.Client] = []
"""The client that forked processes inherit."""


def export_titles(group: str, count: int) -> list[str]:
    return [CLIENT[0].export(group=group, env="RELEASE").definition.title for _ in range(count)]


@pytest.mark.slow
@pytest.mark.skipif(not FORKS, reason="needs fork")
def test_forked_processes_do_not_share_connections(sandbox):
    groups = ["orders", "catalog", "payments", "devices"]
    with connected(sandbox, limits=apig.Limits(retries=0)) as client:
        client.export(group="orders", env="RELEASE")  # opens a connection that is kept
        CLIENT[:] = [client]
        with multiprocessing.get_context("fork").Pool(4) as pool:
            results = [(group, pool.apply_async(export_titles, (group, 15))) for group in groups]
            mine = export_titles("files", 15)
            for group, result in results:
                assert result.get(timeout=60) == [group] * 15
        assert mine == ["files"] * 15
    CLIENT.clear()


def call_and_report(pipe: Any) -> None:
    try:
        pipe.send(CLIENT[0].groups()["name"].tolist())
    except BaseException as error:  # noqa: BLE001 - reported
        pipe.send(error)


def in_fork(client: apig.Client) -> Any:
    """Return what a call in a forked process returns or raises."""
    CLIENT[:] = [client]
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=call_and_report, args=(there,))
    process.start()
    assert here.poll(20), "the process hangs"
    process.join()
    CLIENT.clear()
    return here.recv()


@pytest.mark.slow
@pytest.mark.skipif(not FORKS, reason="needs fork")
def test_a_fork_while_a_login_runs_does_not_wait_for_it(own):
    login = own.login_of("operator")
    login.pop("passcode", None)
    own.fault("tokens", delay=1)
    with apig.connect(
        endpoint=own.url, iam_endpoint=own.url, project_id=own.project_id, instance_id=own.instance_id, **login
    ) as client:
        thread = threading.Thread(target=client.groups)
        thread.start()
        assert "orders" in in_fork(client)
        thread.join()


@pytest.mark.slow
@pytest.mark.skipif(not FORKS, reason="needs fork")
def test_a_closed_client_stays_closed_after_fork(sandbox):
    client = connected(sandbox)
    client.close()
    assert "closed" in str(in_fork(client))


@pytest.mark.slow
@pytest.mark.skipif(not FORKS, reason="needs fork")
def test_a_transport_of_the_users_own_is_not_shared_with_a_fork(sandbox):
    import httpx

    with connected(sandbox, transport=httpx.HTTPTransport()) as client:
        client.groups()
        assert "connect again there" in str(in_fork(client))
