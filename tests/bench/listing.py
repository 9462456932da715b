"""The pickers of the form on a gateway with the most groups and APIs allowed: `python tests/bench/listing.py`.

1,500 groups and 8,000 APIs are the most that the largest gateway takes (contract/export, "Quotas"). They are served by
the sandbox over real HTTP, each page later by a delay that stands for a cloud far away; how long they take is held
against as many pages one after the other.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import apig_nb as apig
from apig_nb.client.listings import PAGE_SIZE
from apig_nb.sandbox import Sandbox, start

GROUPS, APIS = 1500, 8000
DELAYS = (0.2, 1.0)
ROUNDS = 3
ACCOUNT = """\
account: demo
region: eu-demo-1
clock: 2026-01-02T03:04:05Z
projects:
  eu-demo-1: {description: Many}
users:
  operator: {password: demo-operator}
gateways: [gateway-of-many]
"""


def fill(folder: Path) -> None:
    gateway = folder / "gateway-of-many"
    gateway.mkdir()
    (folder / "account.yaml").write_text(ACCOUNT)
    (gateway / "gateway.yaml").write_text("project: eu-demo-1\nspec: BASIC\n")
    for number in range(GROUPS):
        names = [f"API_{api}" for api in range(number, APIS, GROUPS)]
        apis = "".join(
            f"  {name}: {{call: GET /{name}, auth: none, backend: {{type: MOCK, answer: a}}}}\n" for name in names
        )
        (gateway / f"group-{number:04}.yaml").write_text(f"group: group_{number:04}\napis:\n{apis}")


def median(call: Callable[[], object]) -> float:
    """Return the median of the seconds that a call takes."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def measure(sandbox: Sandbox, client: apig.Client, delay: float) -> None:
    below = f"/v2/{client.project_id}/apigw/instances/{client.instance_id}"
    kinds: list[tuple[str, int, Callable[[], object]]] = [
        ("api-groups", GROUPS // PAGE_SIZE, client.groups),
        ("apis", APIS // PAGE_SIZE, client.apis),
    ]
    for word, pages, listed in kinds:
        sandbox.fault(word.replace("-", "_"), delay=delay, times=ROUNDS * (1 + pages))
        page = {"offset": 0, "limit": PAGE_SIZE}
        one = median(partial(client._connection.apig, "GET", f"{below}/{word}", page))
        whole = median(listed)
        print(f"{word:>10}, a page takes {one:.2f} s: all {pages:2} take {whole:.2f} s,", end=" ")
        print(f"{whole / (pages * one):.2f} of one by one")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        with (
            start(Path(folder)) as sandbox,
            apig.connect(
                endpoint=sandbox.url,
                token=sandbox.token,
                project_id=sandbox.project_id,
                instance_id=sandbox.instance_id,
            ) as client,
        ):
            for delay in DELAYS:
                measure(sandbox, client, delay)


if __name__ == "__main__":
    main()
