"""Independent clients, over real HTTP against the sandbox: the cloud's own SDK, and those of OpenStack.

The SDK signs with its own signer and parses with its own models; what it understands must be what we understand.
"""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import apig_nb as apig
from apig_nb.request import RELEASE_ENV_ID
from apig_nb.sandbox import Sandbox

pytestmark = pytest.mark.slow

USER: dict[str, str] = {
    "username": "operator",
    "password": "demo-operator",
    "user_domain_name": "retail_demo",
    "project_name": "eu-demo-1",
    "project_domain_name": "retail_demo",
}


@pytest.fixture(scope="module")
def sdk(sandbox: Sandbox) -> Any:
    """Return the cloud's SDK with an access key; it accepts a plain http address in place of a region."""
    apig_sdk = pytest.importorskip("huaweicloudsdkapig.v2")
    from huaweicloudsdkcore.auth.credentials import BasicCredentials

    key = BasicCredentials(sandbox.access_key, sandbox.secret_key, sandbox.project_id)
    return apig_sdk.ApigClient.new_builder().with_credentials(key).with_endpoint(sandbox.url).build()


@pytest.fixture
def signing(sandbox: Sandbox) -> Iterator[apig.Client]:
    """Return a client of this library with the same key."""
    with apig.connect(
        endpoint=sandbox.url,
        access_key=sandbox.access_key,
        secret_key=sandbox.secret_key,
        project_id=sandbox.project_id,
        instance_id=sandbox.instance_id,
    ) as client:
        yield client


def rows(frame: pd.DataFrame, *columns: str) -> list[list[Any]]:
    """Return rows as plain values, with None for missing ones."""
    return [
        [None if pd.api.types.is_scalar(value) and pd.isna(value) else value for value in row]
        for row in frame[list(columns)].values.tolist()
    ]


def time(value: Any) -> Any:
    return None if value is None else pd.to_datetime(value, utc=True)


def gateways_of(client: apig.Client) -> list[str]:
    """Return the ids of the running gateways."""
    return [str(id_) for id_ in client.gateways()["id"]]


def test_the_sdk_lists_the_same_gateways(sdk: Any, signing: apig.Client) -> None:
    from huaweicloudsdkapig.v2 import ListInstancesV2Request

    answer = sdk.list_instances_v2(ListInstancesV2Request())
    assert [
        [
            one.instance_name,
            one.id,
            one.status,
            one.spec,
            pd.to_datetime(one.create_time, unit="ms", utc=True),
            one.eip_address,
            one.loadbalancer_provider,
            one.charging_mode,
            one.type,
            one.enterprise_project_id,
            one.project_id,
        ]
        for one in answer.instances
    ] == rows(signing.gateways(), *signing.gateways().columns)
    assert answer.total == len(answer.instances) > 1


def test_the_sdk_lists_the_same_environments(sdk: Any, signing: apig.Client) -> None:
    from huaweicloudsdkapig.v2 import ListEnvironmentsV2Request

    for gateway in gateways_of(signing):
        envs = sdk.list_environments_v2(ListEnvironmentsV2Request(instance_id=gateway)).envs
        ours = signing.environments(gateway)
        theirs = [[one.name, one.id, one.remark, time(one.create_time)] for one in envs]
        assert theirs == rows(ours, *ours.columns)
        assert theirs


def test_the_sdk_lists_the_same_groups(sdk: Any, signing: apig.Client) -> None:
    from huaweicloudsdkapig.v2 import ListApiGroupsV2Request

    for gateway in gateways_of(signing):
        groups = sdk.list_api_groups_v2(ListApiGroupsV2Request(instance_id=gateway)).groups
        ours = signing.groups(gateway)
        assert [
            [
                one.name,
                one.id,
                one.remark,
                one.sl_domain,
                tuple(domain.domain for domain in one.url_domains),
                one.is_default == 1,
                one.version,
                time(one.register_time),
                time(one.update_time),
            ]
            for one in groups
        ] == rows(ours, *ours.columns)
    assert len(signing.groups()) > 1


@pytest.mark.parametrize("wanted", [{}, {"group": "orders"}, {"env": "TEST"}, {"group": "通知", "env": "RELEASE"}])
def test_the_sdk_lists_the_same_apis(sdk: Any, signing: apig.Client, wanted: dict[str, str]) -> None:
    from huaweicloudsdkapig.v2 import ListApisV2Request

    for gateway in gateways_of(signing):
        groups, envs = (
            frame.set_index("name")["id"] for frame in (signing.groups(gateway), signing.environments(gateway))
        )
        if wanted.get("group", "") not in {"", *groups.index} or wanted.get("env", "") not in {"", *envs.index}:
            continue
        ids = {
            **({"group_id": groups[wanted["group"]]} if "group" in wanted else {}),
            **({"env_id": envs[wanted["env"]]} if "env" in wanted else {}),
        }
        apis = sdk.list_apis_v2(ListApisV2Request(instance_id=gateway, limit=500, **ids)).apis
        ours = signing.apis(**wanted, gateway=gateway)
        assert [
            [
                one.name,
                one.id,
                one.req_method,
                one.req_uri,
                one.match_mode,
                one.auth_type,
                one.backend_type,
                one.req_protocol,
                tuple(one.run_env_name.split("|")) if one.run_env_name else (),
                one.group_name,
                one.group_id,
                one.type == 1,
                one.cors,
                tuple(one.tags),
                one.remark,
                one.version,
                time(one.register_time),
                time(one.update_time),
            ]
            for one in apis
        ] == rows(ours, *ours.columns)
    assert len(signing.apis(**wanted)) > 0


def ordered(sandbox: Sandbox, sdk: Any, group: str, **fields: str) -> Any:
    """Return the body of an export call as a model of the SDK."""
    from huaweicloudsdkapig.v2 import ExportOpenApiReq, ListApiGroupsV2Request

    # The SDK's signer escapes the name its own way.
    named = ListApiGroupsV2Request(instance_id=sandbox.instance_id, name=group, precise_search="name")
    group_id = sdk.list_api_groups_v2(named).groups[0].id
    return ExportOpenApiReq(env_id=RELEASE_ENV_ID, group_id=group_id, **fields)


@pytest.mark.parametrize("oas_version", ["2.0", "3.0"])
@pytest.mark.parametrize("type_", ["json", "yaml", "yml"])
@pytest.mark.parametrize("define", ["spec", "proxy", "all", "dev"])
@pytest.mark.parametrize("group", ["orders", "通知"])
def test_the_sdk_exports_the_same_document(
    sdk: Any, signing: apig.Client, sandbox: Sandbox, group: str, define: str, type_: str, oas_version: str
) -> None:
    from huaweicloudsdkapig.v2 import ExportApiDefinitionsV2Request

    body = ordered(sandbox, sdk, group, define=define, type=type_)
    request = ExportApiDefinitionsV2Request(instance_id=sandbox.instance_id, oas_version=oas_version, body=body)
    # The SDK has no model of a document: it hands out the answer as a stream.
    got: list[bytes] = []
    sdk.export_api_definitions_v2(request).consume_download_stream(lambda stream: got.append(stream.content))
    ours = signing.export(group=group, env="RELEASE", define=define, type=type_, oas_version=oas_version)
    assert got == [ours.raw]
    assert ours.definition.title == group


@pytest.mark.parametrize(("type_", "oas_version"), [("json", "2.0"), ("yaml", "3.0")])
def test_the_sdk_exports_the_same_document_as_a_task(
    sdk: Any, signing: apig.Client, sandbox: Sandbox, type_: str, oas_version: str
) -> None:
    from huaweicloudsdkapig.v2 import ExportApiDefinitionsAsyncRequest, ShowAsyncTaskResultRequest

    body = ordered(sandbox, sdk, "orders", define="all", type=type_)
    request = ExportApiDefinitionsAsyncRequest(instance_id=sandbox.instance_id, oas_version=oas_version, body=body)
    look = ShowAsyncTaskResultRequest(sandbox.instance_id, sdk.export_api_definitions_async(request).task_id)
    looks = [sdk.show_async_task_result(look) for _ in range(3)]
    seen: list[str] = []
    ours = signing.export(
        group="orders", env="RELEASE", define="all", type=type_, oas_version=oas_version,
        mode="async", progress=lambda step: seen.append(step.status),
    )  # fmt: skip
    assert [one.task_status for one in looks] == seen
    assert json.loads(looks[-1].task_result)["Comment"].encode() == ours.raw


def test_the_sdk_raises_the_same_error(sandbox: Sandbox) -> None:
    apig_sdk = pytest.importorskip("huaweicloudsdkapig.v2")
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

    key: dict[str, Any] = {"access_key": "UNKNOWNKEY", "secret_key": "none", "project_id": sandbox.project_id}
    builder = apig_sdk.ApigClient.new_builder().with_credentials(BasicCredentials(*key.values()))
    with pytest.raises(ClientRequestException) as theirs:
        builder.with_endpoint(sandbox.url).build().list_instances_v2(apig_sdk.ListInstancesV2Request())
    with apig.connect(endpoint=sandbox.url, **key) as client, pytest.raises(apig.ServiceError) as ours:
        client.gateways()
    said = theirs.value
    assert (said.status_code, said.error_code, said.error_msg) == (
        ours.value.status_code,
        ours.value.error_code,
        ours.value.error_msg,
    )


def test_the_sdk_reads_a_temporary_key(sandbox: Sandbox) -> None:
    apig_sdk = pytest.importorskip("huaweicloudsdkapig.v2")
    import httpx
    from huaweicloudsdkcore.auth.credentials import BasicCredentials

    body = {"auth": {"identity": {"methods": ["token"], "token": {"duration_seconds": 900}}}}
    url, token = f"{sandbox.url}/v3.0/OS-CREDENTIAL/securitytokens", {"X-Auth-Token": sandbox.token}
    got = httpx.post(url, json=body, headers=token, trust_env=False).json()["credential"]
    key = BasicCredentials(got["access"], got["secret"], sandbox.project_id).with_security_token(got["securitytoken"])
    client = apig_sdk.ApigClient.new_builder().with_credentials(key).with_endpoint(sandbox.url).build()
    assert client.list_instances_v2(apig_sdk.ListInstancesV2Request()).total > 0


def test_keystoneauth_gets_a_token(sandbox: Sandbox) -> None:
    identity = pytest.importorskip("keystoneauth1.identity")
    from keystoneauth1.session import Session

    session = Session(auth=identity.V3Password(auth_url=f"{sandbox.url}/v3", **USER))
    assert session.get_project_id() == sandbox.project_id
    with apig.connect(endpoint=sandbox.url, token=session.get_token(), project_id=sandbox.project_id) as client:
        assert len(client.gateways()) > 0


def test_keystoneauth_gets_a_token_for_a_password_and_a_passcode(sandbox: Sandbox) -> None:
    identity = pytest.importorskip("keystoneauth1.identity")
    from keystoneauth1.session import Session

    login = sandbox.login_of("guarded")
    auth = identity.V3MultiFactor(
        f"{sandbox.url}/v3",
        auth_methods=["v3password", "v3totp"],
        user_id=login["user_id"],
        password=login["password"],
        passcode=login["passcode"],
        project_id=sandbox.project_id,
    )
    token = Session(auth=auth).get_token()
    with apig.connect(endpoint=sandbox.url, token=token, project_id=sandbox.project_id) as client:
        assert len(client.gateways()) > 0


@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK50Warning")
@pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")
def test_openstacksdk_reads_clouds_yaml_in_the_same_way(
    sandbox: Sandbox, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    openstack = pytest.importorskip("openstack")
    fields = "".join(f"      {name}: {value}\n" for name, value in USER.items() if name != "password")
    (tmp_path / "clouds.yaml").write_text(
        f"clouds:\n  shop:\n    auth:\n      auth_url: {sandbox.url}/v3\n{fields}    region_name: eu-demo-1\n"
        # A catalog that calls IAM as OpenStack does is documented nowhere.
        f"    identity_api_version: 3\n    identity_endpoint_override: {sandbox.url}/v3\n"
    )
    (tmp_path / "secure.yaml").write_text(f"clouds: {{shop: {{auth: {{password: {USER['password']}}}}}}}\n")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    monkeypatch.setenv("OS_CLIENT_SECURE_FILE", str(tmp_path / "secure.yaml"))
    theirs = openstack.connect("shop")
    with apig.connect("shop") as ours:
        assert theirs.current_project_id == ours.project_id == sandbox.project_id
        projects = [one for one in theirs.identity.projects() if one.is_enabled and one.name != "MOS"]
        frame = ours.projects()
        assert [[one.name, one.id, one.description, one.parent_id, one.domain_id] for one in projects] == rows(
            frame, *frame.columns
        )
        assert len(projects) > 1
    with apig.connect(endpoint=sandbox.url, token=theirs.auth_token, project_id=sandbox.project_id) as client:
        assert len(client.gateways()) > 0
    theirs.close()
