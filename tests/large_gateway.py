"""Content for the sandbox: a gateway with many groups and APIs."""

import re
from importlib.resources import files
from pathlib import Path

_ACCOUNT = """
account: large
region: eu-demo-1
clock: 2026-01-02T03:04:05Z
projects: {eu-demo-1: {}}
users: {operator: {password: demo-operator}}
"""


def write_large_gateway(folder: Path, groups: int, apis: int) -> None:
    """Write a gateway with groups `team-0000`, `team-0001`, …; the last one has APIs `API_0000`, `API_0001`, …."""
    gateway = folder / "large"
    gateway.mkdir()
    (folder / "account.yaml").write_text(_ACCOUNT)
    (gateway / "gateway.yaml").write_text("project: eu-demo-1\n")
    for number in range(groups):
        (gateway / f"{number:04}.yaml").write_text(f"group: team-{number:04}\n")
    defaults = "defaults: {auth: none, backend: {type: MOCK, answer: hello}}\n"
    calls = "".join(f"  API_{number:04}: {{call: GET /v1/things/{number}}}\n" for number in range(apis))
    with (gateway / f"{groups - 1:04}.yaml").open("a") as last:
        last.write(f"{defaults}apis:\n{calls}")


_DEMO = files("apig_nb") / "sandbox" / "content"


def write_crowded_gateway(folder: Path, groups: int) -> None:
    """Write a gateway with many groups `team-0000`, `team-0001`, …, each with the APIs of `orders` of the demo."""
    gateway = folder / "retail-prod"
    gateway.mkdir()
    (folder / "account.yaml").write_text((_DEMO / "account.yaml").read_text("utf-8"), "utf-8")
    (gateway / "gateway.yaml").write_text((_DEMO / "retail-prod" / "gateway.yaml").read_text("utf-8"), "utf-8")
    orders = (_DEMO / "retail-prod" / "orders.yaml").read_text("utf-8")
    for number in range(groups):
        group = re.sub("^group: orders$", f"group: team-{number:04}", orders, flags=re.MULTILINE)
        (gateway / f"{number:04}.yaml").write_text(group, "utf-8")
