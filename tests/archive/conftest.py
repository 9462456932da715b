"""Places for archives: a folder, a file system in memory, and an object store that speaks S3."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig


@pytest.fixture(scope="session")
def s3_options() -> Iterator[dict[str, Any]]:
    """Return the options for a simulated object store on the loopback interface."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {"key": "k", "secret": "s", "endpoint_url": f"http://{host}:{port}"}
    server.stop()


@pytest.fixture(params=["folder", "memory", "s3"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> apig.Archive:
    """Return an empty archive of each kind."""
    name = f"archive-{uuid.uuid4().hex}"
    if request.param == "folder":
        return apig.Archive(tmp_path / name)
    if request.param == "memory":
        return apig.Archive(f"memory://{name}")
    import s3fs

    options = request.getfixturevalue("s3_options")
    s3fs.S3FileSystem(**options).mkdir(name)
    return apig.Archive(f"s3://{name}/apig", options)
