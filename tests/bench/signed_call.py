"""A signed export call compared with the SDK of the vendor, on loopback: `python tests/bench/signed_call.py`.

Both sign with the same key, send the same call and have the whole document in memory at the end; they take turns. The
server is a process of its own that answers with bytes prepared before, so that what is measured is the client.
"""

import json
import multiprocessing
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import apig_nb as apig

SIZES = {"14 KB": 14_000, "2 MB": 2_000_000}
ROUNDS = 300
ACCESS_KEY, SECRET_KEY = "A" * 20, "s" * 40
PROJECT, GATEWAY, GROUP = "p" * 32, "i" * 32, "a" * 32


def document(size: int) -> bytes:
    operation = {"operationId": "API", "responses": {"200": {"description": "as good as any other" * 5}}}
    paths: dict[str, object] = {}
    whole = {"swagger": "2.0", "info": {"title": "orders", "version": "1"}, "paths": paths}
    each = len(json.dumps({"/path/00000": {"get": operation}}))
    paths.update({f"/path/{number:05}": {"get": operation} for number in range(max(size // each, 1))})
    return json.dumps(whole).encode()


def serve(ready: Connection) -> None:
    """Answer every request with the document whose number the group's id ends in."""
    answers = []
    for size in SIZES.values():
        body = document(size)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n"
        answers.append(head.encode() + body)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ready.send(listening.getsockname()[1])
        while True:
            accepted, _ = listening.accept()
            threading.Thread(target=converse, args=(accepted, answers), daemon=True).start()


def converse(connected: socket.socket, answers: list[bytes]) -> None:
    """Answer the requests of one connection."""
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    while piece := connected.recv(65536):
        received += piece
        head, end, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *([0-9]+)", head)
        if end and length and len(body) >= int(length[1]):
            connected.sendall(answers[int(json.loads(body)["group_id"][-1])])
            received = b""


def ours(url: str, group: str) -> Callable[[], bytes]:
    client = apig.connect(
        endpoint=url, project_id=PROJECT, instance_id=GATEWAY, access_key=ACCESS_KEY, secret_key=SECRET_KEY
    )
    request = client.request(group=group, env="RELEASE", define="all")
    return lambda: client.send(request).raw


def sdks(url: str, group: str) -> Callable[[], bytes]:
    from huaweicloudsdkapig.v2 import ApigClient, ExportApiDefinitionsV2Request, ExportOpenApiReq
    from huaweicloudsdkcore.auth.credentials import BasicCredentials

    credentials = BasicCredentials(ACCESS_KEY, SECRET_KEY, PROJECT)
    client = ApigClient.new_builder().with_credentials(credentials).with_endpoint(url).build()
    body = ExportOpenApiReq(env_id="DEFAULT_ENVIRONMENT_RELEASE_ID", group_id=group, define="all")
    request = ExportApiDefinitionsV2Request(instance_id=GATEWAY, body=body)

    def call() -> bytes:
        held: list[bytes] = []
        client.export_api_definitions_v2(request).consume_download_stream(lambda answer: held.append(answer.content))
        return held[0]

    return call


def milliseconds(call: Callable[[], bytes]) -> tuple[float, float]:
    """Return wall time and CPU time of a call; wall time is longer on a busy machine."""
    begun, worked = time.perf_counter(), time.process_time()
    call()
    return (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000


def main() -> None:
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}"
    print(f"signed export, median of {ROUNDS} in turns, ms, and of it the CPU's")
    for number, name in enumerate(SIZES):
        group = GROUP[:-1] + str(number)
        calls = {"apig_nb": ours(url, group), "SDK": sdks(url, group)}
        assert len({call() for call in calls.values()}) == 1
        times: dict[str, list[tuple[float, float]]] = {who: [] for who in calls}
        for _ in range(ROUNDS):
            for who, call in calls.items():
                times[who].append(milliseconds(call))
        (our, our_cpu), (their, their_cpu) = (map(statistics.median, zip(*times[who], strict=True)) for who in calls)
        print(f"{name:6}  apig_nb {our:6.2f} ({our_cpu:5.2f})   SDK {their:6.2f} ({their_cpu:5.2f})", end="   ")
        print(f"{our / their:5.2f} x ({our_cpu / their_cpu:4.2f} x)")
    server.terminate()


if __name__ == "__main__":
    main()
