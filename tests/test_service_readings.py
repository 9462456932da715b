"""Readings of the service that its documentation leaves open, or that differ between clouds."""

from datetime import timedelta

import pytest

import apig_nb as apig
from apig_nb.sandbox import start
from tests.connected import connected, no_progress

EVERY_CALL = {"instances", "envs", "api_groups", "apis", "export", "tasks"}


# No gateway, or no permission to list them


@pytest.mark.parametrize("without", ["gateways", "permission"])
def test_an_empty_list_of_gateways_says_what_it_may_mean(without):
    started = start(gateways=False) if without == "gateways" else start(may=EVERY_CALL - {"instances"})
    with started as sandbox, connected(sandbox, instance_id=None) as client:
        with pytest.warns(UserWarning, match="apig:instances:list"):
            assert client.gateways().empty
        with pytest.raises(apig.NameLookupError, match=r"apig:instances:list.*pass gateway="):
            client.export(group="orders", env="RELEASE")
        with pytest.raises(apig.NameLookupError, match=r"'retail-prod' is not found.*apig:instances:list"):
            client.export(group="orders", env="RELEASE", gateway="retail-prod")


def test_without_the_permission_to_list_gateways_their_ids_still_work():
    with start(may=EVERY_CALL - {"instances"}) as sandbox, connected(sandbox, instance_id=None) as client:
        export = client.export(group="orders", env="RELEASE", gateway=sandbox.instance_id)
        assert export.definition.title == "orders"


def test_a_project_without_gateways_has_no_default_gateway():
    with start(gateways=False) as sandbox:
        assert sandbox.instance_id == ""


def test_a_call_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="unknown call 'fly'"):
        start(may=["fly"])


# Asynchronous exports


@pytest.mark.parametrize("mode", ["async", "auto"])
def test_a_refused_poll_names_the_permission(mode):
    with start(may=EVERY_CALL - {"tasks"}) as sandbox, connected(sandbox, limits=apig.Limits(retries=0)) as client:
        if mode == "auto":
            sandbox.fault("export", status=413)
        with pytest.raises(apig.ServiceError, match=r"The export was accepted.*apig:asyncTask:get") as caught:
            client.export(group="orders", env="RELEASE", mode=mode)
        assert (caught.value.status_code, caught.value.error_code) == (403, "APIG.1005")
        assert client.export(group="orders", env="RELEASE").definition.title == "orders"


@pytest.mark.parametrize("fault", [{"status": 403}, {"code": "APIG.1005"}])
def test_a_missing_permission_has_either_status(fault):
    """The page of each call has 403, the table of error codes 401, which is otherwise one of wrong credentials."""
    with start() as sandbox, connected(sandbox) as client:
        sandbox.fault("async_task", **fault)
        with pytest.raises(apig.ServiceError, match="apig:asyncTask:get"):
            client.export(group="orders", env="RELEASE", mode="async")
        sandbox.fault("export", **fault)
        requests = client.requests(env="RELEASE")
        made = client.export_many(requests, concurrency=1, progress=no_progress)
        assert (len(made), len(made.failures)) == (len(requests) - 1, 1)


# The development definition


def names(client: apig.Client, env: str, define: str) -> set[str]:
    return set(client.export(group="orders", env=env, define=define).operations["operation_id"])


def test_the_development_definition_adds_the_apis_that_are_not_published(client):
    proxy, dev = names(client, "RELEASE", "proxy"), names(client, "RELEASE", "dev")
    assert dev == set(client.apis(group="orders")["name"])
    assert dev > proxy
    assert "API_orders_bulk_import" in dev - proxy


def test_published_apis_are_the_same_in_the_development_definition(client):
    proxy, dev = (client.export(group="orders", env="RELEASE", define=define) for define in ("proxy", "dev"))
    published = dict(proxy.definition.document.paths)
    written = dev.definition.document.paths
    assert [path for path, item in published.items() if {key: written[path][key] for key in item} != item] == []


# Keys that nobody has published


@pytest.mark.parametrize("key", ["x-apigateway-plugin-policies", "plugins"])
@pytest.mark.parametrize("standard", ["swagger: '2.0'", "openapi: 3.0.0", "openapi: 3.1.0"])
def test_unknown_keys_of_the_root_are_kept_shown_and_compared(key, standard):
    def document(content: str) -> apig.Export:
        return apig.load(f"{standard}\ninfo: {{title: t, version: '1'}}\npaths: {{}}\n{content}\n")

    old, new = (document(f"{key}: {{cors: {{origin: {origin}}}}}") for origin in ("a", "b"))
    assert old.extensions.to_dict("records") == [
        {"pointer": f"/{key}", "key": key, "value": '{"cors": {"origin": "a"}}'}
    ]
    (change,) = apig.compare(old, new).changes.to_dict("records")
    assert (change["rule"], change["location"], change["pointer"]) == ("extension-altered", key, f"/{key}")
    (removed,) = apig.compare(old, document("")).changes.to_dict("records")
    assert (removed["rule"], removed["pointer"]) == ("extension-altered", f"/{key}")
    assert apig.compare(old, old).changes.empty


# The clock


def test_the_clock_of_a_sandbox_moves_on_request():
    with start() as sandbox, start() as other, connected(sandbox) as client:
        first = client.export(group="orders", env="RELEASE")
        sandbox.clock += timedelta(hours=1, seconds=1)
        second = client.export(group="orders", env="RELEASE")
        assert first.definition.version == "2026-01-02-03:04:05"
        assert second.definition.version == "2026-01-02-04:04:06"
        assert apig.compare(first, second).changes.empty
        assert other.clock != sandbox.clock
