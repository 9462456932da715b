"""Engines: the same results from processes and from a cluster; what a worker that dies costs; credentials stay here."""

import os
import pickle
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import distributed
import pandas as pd
import pytest

import apig_nb as apig
from apig_nb.client.client import Opening
from apig_nb.sandbox import Sandbox
from tests.connected import connected, no_progress

pytestmark = pytest.mark.slow


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2) as executor:
        yield executor


@contextmanager
def cluster() -> Iterator[Executor]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as workers,
        distributed.Client(workers) as client,
    ):
        yield client.get_executor()


ENGINES = {"processes": processes, "Dask": cluster}
each_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


@pytest.fixture
def found(own: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[apig.Client]:
    """Return a client whose credentials are in variables, where workers find them too."""
    monkeypatch.setenv("OS_TOKEN", own.token)
    monkeypatch.setenv("OS_PROJECT_ID", own.project_id)
    monkeypatch.setenv("OS_AUTH_URL", f"{own.url}/v3")
    with apig.connect(endpoint=own.url, limits=apig.Limits(retries=0)) as client:
        yield client


@each_engine
@pytest.mark.filterwarnings("ignore")  # of the cluster, when it ends
def test_exports_tables_and_comparison_are_those_of_one_process(found, monkeypatch, engine):
    monkeypatch.setattr("apig_nb.engines.CHUNK", 20_000)
    requests = found.requests(env=["RELEASE", "TEST"], define="all", gateways="retail-prod")
    here = found.export_many(requests, progress=no_progress)
    with engine() as executor:
        there = found.export_many(requests, progress=no_progress, executor=executor)
        tables = there.tables(executor=executor)
        old, new = there.where(environment="RELEASE"), there.where(environment="TEST")
        comparison = apig.compare(old, new, executor=executor)
    assert list(there) == list(here)
    assert [export.raw for export in there.values()] == [export.raw for export in here.values()]
    assert [repr(export) for export in there.values()] == [repr(export) for export in here.values()]
    for name, frame in here.tables().items():
        pd.testing.assert_frame_equal(tables[name], frame)
    expected = apig.compare(here.where(environment="RELEASE"), here.where(environment="TEST"))
    for name in ("changes", "operations", "summary"):
        pd.testing.assert_frame_equal(getattr(comparison, name), getattr(expected, name))


@each_engine
@pytest.mark.filterwarnings("ignore")  # of the cluster, when it ends
def test_an_archive_has_the_same_files_and_timeline(found, tmp_path, engine):
    here, there = apig.Archive(tmp_path / "here"), apig.Archive(tmp_path / "there")
    days = found.export_many(
        found.requests(env=["RELEASE", "TEST"], define="all", gateways="retail-prod"), progress=no_progress
    )
    # What is in TEST is published on the second day.
    published = {key._replace(environment="RELEASE"): export for key, export in days.where(environment="TEST").items()}
    with engine() as executor:
        for archive, own in ((here, None), (there, executor)):
            archive.add(days.where(environment="RELEASE"), "2026-01-01", executor=own)
            archive.add(apig.ExportSet(published), "2026-01-02", executor=own)
        with pytest.raises(apig.DocumentError, match=r"^broken: "):
            there.add(apig.ExportSet({apig.ExportKey(group="broken"): apig.Export(raw=b"<html>")}), executor=executor)
        timeline = there.timeline(executor=executor)
    assert len(timeline) > 10
    pd.testing.assert_frame_equal(timeline, here.timeline())
    files = [sorted(path.relative_to(folder) for path in folder.rglob("*")) for folder in tmp_path.iterdir()]
    assert files[0] == files[1]


def test_an_export_of_a_worker_that_dies_is_named_in_the_failures(found):
    requests = found.requests(env="RELEASE", gateways="retail-prod")
    with processes() as executor:
        executor.submit(os._exit, 1)
        exports = found.export_many(requests, progress=no_progress, executor=executor)
    assert len(exports) + len(exports.missing) == len(requests)
    assert len(exports.failures) == len(exports.missing) > 0
    rest = found.export_many(exports.missing, progress=no_progress)
    assert repr(exports | rest) == f"<ExportSet {len(requests)} exports>"


def test_a_refused_export_is_the_same_failure_as_here(own, found):
    requests = found.requests(env="RELEASE", groups=["orders"], gateways="retail-prod")
    own.fault("export", status=403)
    with processes() as executor:
        exports = found.export_many(requests, progress=no_progress, executor=executor)
    (error,) = exports.failures.values()
    assert isinstance(error, apig.ServiceError)
    assert error.status_code == 403


def test_what_travels_to_a_worker_holds_no_secret(own, found):
    sent = pickle.dumps(found._opening)
    assert isinstance(found._opening, Opening)
    assert own.token.encode() not in sent


@pytest.mark.parametrize("given", [{}, {"token": "t"}])
def test_a_client_whose_credentials_no_worker_can_find_says_so(own, given: dict[str, Any]):
    with connected(own) if given else apig.connect("sandbox") as client, processes() as executor:
        calls = len(client.log)
        with pytest.raises(apig.ArgumentError, match="executor: needs credentials"):
            client.export_many([], executor=executor)
        assert len(client.log) == calls
