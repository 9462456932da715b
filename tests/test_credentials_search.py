"""The search for settings: sources, their order, and the origins."""

from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.client.config import endpoints, sdk_file
from apig_nb.client.config.search import found_credentials
from apig_nb.sandbox import Sandbox
from tests.shared import needs_shared, shared

PROJECT = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty home folder; the working folder is empty too."""
    (tmp_path / "work").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def put(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def origins(client: apig.Client) -> dict[str, str]:
    frame = client.origins
    assert frame.columns.tolist() == ["setting", "origin", "note"]
    return dict(zip(frame["setting"], frame["origin"], strict=True))


def notes(client: apig.Client) -> dict[str, str]:
    frame = client.origins
    return {setting: note for setting, note in zip(frame["setting"], frame["note"], strict=True) if note}


CLOUDS = """
clouds:
  otc:
    auth:
      auth_url: https://iam.eu-de.otc.t-systems.com:443/v3
      username: me
      password: 0123
      project_id: 0123456789abcdef0123456789abcdef
      user_domain_name: OTC1
    region_name: eu-de
  ready:
    auth_type: token
    auth: {auth_url: "https://iam.eu-west-101.myhuaweicloud.eu/v3", token: t0ken, project_id: p}
    region_name: eu-west-101
"""


class TestOrder:
    def test_arguments_come_first(self, monkeypatch):
        variables(monkeypatch, OS_TOKEN="other", OS_PROJECT_ID="other", OS_REGION_NAME="eu-de")
        with apig.connect(token="t0ken", project_id=PROJECT) as client:
            assert client.project_id == PROJECT
            assert client.endpoint == "https://apig.eu-de.otc.t-systems.com"
            assert origins(client) == {
                "token": "argument token",
                "region": "variable OS_REGION_NAME",
                "endpoint": "region eu-de",
                "iam_endpoint": "region eu-de",
                "project_id": "argument project_id",
            }
            assert "from" not in repr(client)

    def test_variables_come_next_family_by_family(self, monkeypatch):
        variables(monkeypatch, HW_ACCESS_KEY="hw", HW_SECRET_KEY="hw", HW_REGION_NAME="eu-de", OS_PROJECT_ID=PROJECT)
        with apig.connect() as client:
            assert origins(client)["access_key"] == "variable HW_ACCESS_KEY"
        variables(monkeypatch, HUAWEICLOUD_SDK_AK="sdk", HUAWEICLOUD_SDK_SK="sdk")
        with apig.connect() as client:
            assert origins(client)["secret_key"] == "variable HUAWEICLOUD_SDK_SK"
        variables(monkeypatch, OS_USERNAME="me", OS_PASSWORD="pw", OS_USER_DOMAIN_NAME="OTC1")
        with apig.connect() as client:
            assert origins(client)["password"] == "variable OS_PASSWORD"
            assert repr(client).endswith(", password from variable OS_PASSWORD>")
        variables(monkeypatch, OS_AUTH_TOKEN="t0ken")
        with apig.connect() as client:
            assert {"token", "region"} < set(origins(client))
            assert "password" not in origins(client)

    def test_parts_of_a_credential_from_two_sources_are_not_combined(self, monkeypatch):
        variables(monkeypatch, HW_ACCESS_KEY="hw", HUAWEICLOUD_SDK_SK="sdk", OS_REGION_NAME="eu-de")
        with pytest.raises(apig.CredentialsError, match=r"^token is missing, and so is every other credential"):
            apig.connect()

    def test_arguments_complete_a_source(self, monkeypatch):
        variables(monkeypatch, OS_PASSWORD="pw", OS_USER_DOMAIN_NAME="OTC1", OS_REGION_NAME="eu-de")
        with apig.connect(username="me", project_id=PROJECT) as client:
            assert origins(client)["username"] == "argument username"
            assert origins(client)["password"] == "variable OS_PASSWORD"

    def test_clouds_yaml_comes_after_the_variables(self, monkeypatch, home):
        file = put(home / "work" / "clouds.yaml", CLOUDS)
        monkeypatch.setenv("OS_CLOUD", "otc")
        with apig.connect() as client:
            assert client.project_id == PROJECT
            assert origins(client)["password"] == f"{file.name}: otc"
        variables(monkeypatch, OS_TOKEN="t0ken", OS_PROJECT_ID="mine", OS_REGION_NAME="eu-west-101")
        with apig.connect() as client:
            assert origins(client)["token"] == "variable OS_TOKEN"

    def test_a_named_entry_replaces_the_variables(self, monkeypatch, home):
        put(home / "work" / "clouds.yaml", CLOUDS)
        variables(monkeypatch, OS_TOKEN="other", OS_REGION_NAME="eu-de", OS_AUTH_URL="https://other")
        with apig.connect("ready", project_id=PROJECT) as client:
            assert client.endpoint == "https://apig.eu-west-101.myhuaweicloud.eu"
            assert origins(client)["token"] == "clouds.yaml: ready"
        with pytest.raises(apig.CredentialsError, match=r"has no entry 'none'; there are: otc, ready"):
            apig.connect("none")

    def test_the_file_of_the_sdk_comes_last(self, monkeypatch, home):
        text = f"[basic]\nak = AK\nsk = s%3Cr%(et)s\nproject_id = {PROJECT}\n\n[global]\nak = other\nsk = other\n"
        file = put(home / ".huaweicloud" / "credentials", text)
        with apig.connect(region="eu-de") as client:
            assert origins(client)["secret_key"] == f"{file}: basic"
        other = put(home / "other", text)
        monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(other))
        with apig.connect(region="eu-de") as client:
            assert origins(client)["secret_key"] == f"{other}: basic"

    def test_a_percent_sign_in_a_secret_is_kept(self, monkeypatch, home, sandbox: Sandbox):
        put(home / ".huaweicloud" / "credentials", "[basic]\nak = AK\nsk = s%3Cr%(et)s\n")
        from apig_nb.client.config import sdk_file

        section = sdk_file.section()
        assert section is not None
        assert section.values["secret_key"].text.reveal() == "s%3Cr%(et)s"

    def test_a_file_gives_no_address_for_a_password_of_another_source(self, monkeypatch, home):
        """A folder of another user must not determine the address that a secret is sent to."""
        put(home / "work" / "clouds.yaml", "clouds: {x: {auth: {auth_url: 'https://iam.evil.example.com/v3'}}}")
        variables(monkeypatch, OS_USERNAME="me", OS_PASSWORD="pw", OS_USER_DOMAIN_NAME="d", OS_REGION_NAME="eu-de")
        with apig.connect(project_id=PROJECT) as client:
            assert origins(client)["iam_endpoint"] == "region eu-de"

    def test_the_error_for_no_credentials_lists_the_sources(self, home):
        with pytest.raises(apig.CredentialsError) as caught:
            apig.connect()
        message = str(caught.value)
        looked_for = ["arguments token=", "OS_TOKEN", "OS_PASSWORD", "HUAWEICLOUD_SDK_AK", "HW_SECRET_KEY"]
        files = ["clouds.yaml", ".config/openstack", "/etc/openstack", "OS_CLOUD", "credentials, section basic"]
        places = [message.index(word) for word in looked_for + files]
        assert message.startswith("token is missing")
        assert places[0] == min(places)
        assert message.index("HW_SECRET_KEY") < message.index("clouds.yaml") < message.index("the SDK's file")

    @pytest.mark.parametrize(
        "given",
        [
            {"HUAWEICLOUD_SDK_IDP_ID": "s3cret", "HUAWEICLOUD_SDK_ID_TOKEN_FILE": "s3cret"},
            {"HW_PROFILE": "s3cret"},
            {"HW_SHARED_CONFIG_FILE": "s3cret"},
        ],
    )
    def test_unsupported_credentials_are_named_with_advice(self, monkeypatch, given):
        variables(monkeypatch, **given)
        with pytest.raises(apig.CredentialsError) as caught:
            apig.connect(region="eu-de")
        message = str(caught.value)
        seen = " and ".join(f"variable {name}" for name in given)
        assert f". Found, but not supported: {seen}; give a token (OS_TOKEN) or an access key" in message
        assert "s3cret" not in message
        variables(monkeypatch, OS_TOKEN="t0ken", OS_PROJECT_ID=PROJECT)
        with apig.connect(region="eu-de") as client:
            assert not {"idp_id", "id_token_file", "profile", "shared_config_file"} & set(origins(client))

    def test_a_federated_login_in_the_file_of_the_sdk_is_named(self, home):
        file = put(home / ".huaweicloud" / "credentials", "[basic]\nidp_id = mine\nid_token_file = /x\n")
        with pytest.raises(apig.CredentialsError, match=rf"not supported: {file}: basic; give a token"):
            apig.connect(region="eu-de")


class TestCloudsYaml:
    def test_a_variable_names_the_file(self, monkeypatch, home):
        file = put(home / "elsewhere.yaml", CLOUDS)
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
        with apig.connect("otc") as client:
            assert origins(client)["password"] == f"{file}: otc"

    def test_the_configuration_folder_of_the_user_is_searched(self, home):
        put(home / ".config" / "openstack" / "clouds.yaml", CLOUDS)
        with apig.connect("otc") as client:
            assert client.endpoint == "https://apig.eu-de.otc.t-systems.com"

    def test_secure_yaml_has_the_secrets(self, home):
        put(home / "work" / "clouds.yaml", CLOUDS.replace("      password: 0123\n", ""))
        with pytest.raises(apig.CredentialsError, match=r"'otc' of clouds\.yaml holds no complete credential"):
            apig.connect("otc")
        put(home / "work" / "secure.yaml", "clouds: {otc: {auth: {password: '0123'}}}")
        with apig.connect("otc") as client:
            assert origins(client)["password"] == "secure.yaml: otc"
            assert origins(client)["username"] == "clouds.yaml: otc"

    def test_either_file_may_end_in_yml(self, home):
        put(home / "work" / "clouds.yml", CLOUDS.replace("      password: 0123\n", ""))
        put(home / "work" / "secure.yml", "clouds: {otc: {auth: {password: '0123'}}}")
        with apig.connect("otc") as client:
            assert origins(client)["username"] == "clouds.yml: otc"
            assert origins(client)["password"] == "secure.yml: otc"

    def test_yaml_comes_before_yml_in_a_folder_and_the_folder_first(self, home):
        """Follow the order of openstacksdk."""
        put(home / ".config" / "openstack" / "clouds.yaml", "clouds: {otc: {}}")
        put(home / "work" / "clouds.yml", CLOUDS)
        with apig.connect("otc") as client:
            assert origins(client)["username"] == "clouds.yml: otc"
        put(home / "work" / "clouds.yaml", CLOUDS)
        put(home / "work" / "secure.yml", "clouds: {otc: {auth: {password: other}}}")
        put(home / "work" / "secure.yaml", "clouds: {otc: {auth: {password: own}}}")
        with apig.connect("otc") as client:
            assert origins(client)["username"] == "clouds.yaml: otc"
            assert origins(client)["password"] == "secure.yaml: otc"

    def test_a_secret_of_another_folder_is_not_sent(self, home):
        """A clouds.yaml of another user in the working folder must not receive the user's password."""
        put(home / "work" / "clouds.yaml", CLOUDS.replace("      password: 0123\n", ""))
        put(home / ".config" / "openstack" / "secure.yaml", "clouds: {otc: {auth: {password: '0123'}}}")
        with pytest.raises(apig.CredentialsError, match="holds no complete credential"):
            apig.connect("otc")

    def test_a_password_of_digits_stays_as_written(self, home):
        from apig_nb.client.config import clouds

        put(home / "work" / "clouds.yaml", CLOUDS)
        entry = clouds.entry("otc")
        assert entry is not None
        assert entry.values["password"].text.reveal() == "0123"

    @pytest.mark.parametrize(
        "text",
        [
            *("clouds: {a: s3cret", "s3cret", "[s3cret]", "clouds: s3cret", "\x00s3cret", "!!python/s3cret : x: y"),
            'clouds: {a: "s3cret \\UFFFFFFFF"}',
        ],
    )
    def test_an_unreadable_file_is_an_error_without_its_content(self, home, text):
        put(home / "work" / "clouds.yaml", text)
        with pytest.raises(apig.CredentialsError, match=r"^clouds\.yaml ") as caught:
            apig.connect("a")
        assert "s3cret" not in f"{caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"

    def test_the_error_for_a_name_is_short_and_many_entries_are_read_once(self, home):
        put(home / "work" / "clouds.yaml", CLOUDS + "".join(f"  n{number}: {{}}\n" for number in range(1000)))
        with pytest.raises(apig.CredentialsError, match=r"has no entry 'a'; there are: otc, ready, n0, ") as caught:
            apig.connect("a")
        assert len(str(caught.value)) < 1200
        # It took minutes when the file was read for each entry.
        assert [one.target for one in found_credentials()] == ["otc", "ready"]

    def test_a_missing_file_is_an_error(self):
        with pytest.raises(apig.ArgumentError, match=r"^target: is not known.*allowed: sandbox"):
            apig.connect("otc")


def test_a_file_of_the_sdk_may_begin_with_a_byte_order_mark(home):
    put(home / ".huaweicloud" / "credentials", "\ufeff[basic]\nak = mine\nsk = s3cret\n")
    section = sdk_file.section()
    assert section is not None
    assert section.values["access_key"].text == "mine"


@pytest.mark.parametrize("text", ["ak = s3cret", "[basic]\nak\ns3cret", "[basic]\nsk = s3cret\nsk = s3cret"])
def test_an_unreadable_file_of_the_sdk_is_an_error_without_its_content(home, text):
    put(home / ".huaweicloud" / "credentials", text)
    with pytest.raises(apig.CredentialsError, match=r"cannot be read") as caught:
        apig.connect(region="eu-de")
    assert "s3cret" not in f"{caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"


class TestEndpoints:
    READY: dict[str, Any] = {"token": "t0ken", "project_id": PROJECT}  # noqa: RUF012 - never changed

    @needs_shared
    def test_the_addresses_equal_the_published_ones(self):
        import yaml

        contract = yaml.safe_load(shared("contract", "endpoints.yaml").read_text("utf-8"))
        rows = contract["huaweicloud"] + contract["open_telekom_cloud"]
        assert {row["region"] for row in rows} == set(endpoints.CLOUDS)
        for row in rows:
            if row["apig"] is None:
                with pytest.raises(apig.ArgumentError, match=r"has no API Gateway"):
                    endpoints.of_region(row["region"])
                continue
            found = endpoints.of_region(row["region"])
            assert found["endpoint"] == row["apig"]
            assert found["iam_endpoint"] == row["iam"] or (row["iam"] is None and row["region"] in endpoints.NOTES)

    def test_an_unlisted_region_follows_the_pattern(self, monkeypatch):
        with apig.connect(region="eu-new-1", **self.READY) as client:
            assert client.endpoint == "https://apig.eu-new-1.myhuaweicloud.com"
            assert "follow the pattern" in notes(client)["region"]
        monkeypatch.setenv("HW_CLOUD", "example.com")
        with apig.connect(region="eu-new-1", **self.READY) as client:
            assert client.endpoint == "https://apig.eu-new-1.example.com"

    def test_the_cloud_is_derived_from_the_address_of_iam(self):
        iam = "https://iam.eu-new-1.otc.t-systems.com/v3"
        with apig.connect(region="eu-new-1", iam_endpoint=iam, **self.READY) as client:
            assert client.endpoint == "https://apig.eu-new-1.otc.t-systems.com"

    def test_the_region_is_derived_from_the_address_of_iam_or_the_project(self, monkeypatch):
        with apig.connect(iam_endpoint="https://iam.eu-de.otc.t-systems.com:443/v3", **self.READY) as client:
            assert client.endpoint == "https://apig.eu-de.otc.t-systems.com"
            assert origins(client)["region"] == "derived from iam_endpoint"
        variables(monkeypatch, OS_PROJECT_NAME="eu-de_sub", OS_PROJECT_ID=PROJECT)
        with apig.connect(token="t0ken") as client:
            assert client.endpoint == "https://apig.eu-de.otc.t-systems.com"

    def test_a_variable_of_the_sdk_has_an_address(self, monkeypatch):
        monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_APIG_EU_DE", "https://apig.one.example.com,https://two.example.com")
        with apig.connect(region="eu-de", **self.READY) as client:
            assert client.endpoint == "https://apig.one.example.com"
            assert origins(client)["endpoint"] == "variable HUAWEICLOUD_SDK_REGION_APIG_EU_DE"

    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("APIG: [{id: eu-de, endpoint: 'https://apig.one.example.com'}]", "https://apig.one.example.com"),
            ("apig: [{id: other, endpoint: 'https://no'}, {id: eu-de, endpoint: 'https://h'}]", "https://h"),
            ("APIG: [{id: eu-de, endpoints: ['https://two.example.com', 'https://h']}]", "https://two.example.com"),
            ("ECS: [{id: eu-de, endpoint: 'https://no'}]", "https://apig.eu-de.otc.t-systems.com"),
            ("APIG: [5, {id: eu-de}, {id: eu-de, endpoints: 5}]\nROMA: 5", "https://apig.eu-de.otc.t-systems.com"),
            ("", "https://apig.eu-de.otc.t-systems.com"),
        ],
    )
    def test_the_regions_file_of_the_sdk_has_an_address(self, monkeypatch, home, text, address):
        file = put(home / ".huaweicloud" / "regions.yaml", text)
        with apig.connect(region="eu-de", **self.READY) as client:
            assert client.endpoint == address
            assert origins(client)["endpoint"] == ("region eu-de" if "otc" in address else f"{file}: APIG")
        monkeypatch.setenv("HUAWEICLOUD_SDK_REGIONS_FILE", str(put(home / "other", "APIG: []")))
        with apig.connect(region="eu-de", **self.READY) as client:
            assert origins(client)["endpoint"] == "region eu-de"
        monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_APIG_EU_DE", "https://mine.example.com")
        with apig.connect(region="eu-de", **self.READY) as client:
            assert client.endpoint == "https://mine.example.com"

    @pytest.mark.parametrize("text", ["APIG: [", "[a]", "\x00"])
    def test_an_unreadable_regions_file_is_an_error(self, home, text):
        file = put(home / ".huaweicloud" / "regions.yaml", text)
        with pytest.raises(apig.ArgumentError, match=rf"^region: {file} cannot be read"):
            apig.connect(region="eu-de", **self.READY)

    def test_roma_connect_has_its_own_addresses(self, monkeypatch, home):
        roma: dict[str, Any] = {**self.READY, "service": "roma"}
        with apig.connect(region="cn-north-4", **roma) as client:
            assert client.endpoint == "https://roma.cn-north-4.myhuaweicloud.com"
            assert origins(client)["iam_endpoint"] == "region cn-north-4"
            assert "ROMA Connect" in notes(client)["endpoint"]
        with apig.connect(region="eu-nl", **roma) as client:
            assert client.endpoint == "https://roma.eu-nl.otc.t-systems.com"
        put(home / ".huaweicloud" / "regions.yaml", "ROMA: [{id: eu-de, endpoint: 'https://own.example.com'}]")
        with apig.connect(region="eu-de", **roma) as client:
            assert client.endpoint == "https://own.example.com"
            assert "endpoint" not in notes(client)
        monkeypatch.setenv("HUAWEICLOUD_SDK_REGION_ROMA_EU_DE", "https://mine.example.com")
        with apig.connect(region="eu-de", **roma) as client:
            assert client.endpoint == "https://mine.example.com"

    def test_contradictions_are_noted(self, monkeypatch):
        with apig.connect(region="eu-west-101", **self.READY) as client:
            assert "https://iam.myhuaweicloud.eu" in notes(client)["iam_endpoint"]
        with apig.connect(region="eu-de", iam_endpoint="https://iam.eu-west-101.myhuaweicloud.eu", **self.READY) as c:
            assert "differs from the region's own, https://iam.eu-de.otc.t-systems.com" in notes(c)["iam_endpoint"]

    @pytest.mark.parametrize("region", ["eu/de", "evil.example.com/", "a@b", "eu-de:1", "", "ü-1"])
    def test_a_region_that_would_change_the_host_is_an_error(self, region):
        with pytest.raises(apig.ArgumentError, match=r"^region: "):
            apig.connect(region=region, **self.READY)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"iam_endpoint": "https://[bad"}, "^endpoint: is missing"),
            ({"iam_endpoint": 5}, "^endpoint: is missing"),
            ({"iam_endpoint": 5, "region": "eu-de"}, "^iam_endpoint: must be an address"),
            ({"region": 5}, "^region: must be text, got 5"),
            ({"project_name": b"eu-de"}, "^project_name: must be text"),
        ],
    )
    def test_a_malformed_setting_is_a_clear_error(self, wrong, message):
        with pytest.raises(apig.ArgumentError, match=message):
            apig.connect(**self.READY, **wrong)

    def test_certificates_are_always_checked(self, monkeypatch):
        variables(monkeypatch, OS_INSECURE="true", OS_REGION_NAME="eu-de")
        with apig.connect(**self.READY) as client:
            message = notes(client)["insecure"]
            assert message == "not obeyed: certificates are always checked; give your own authority's as cacert"

    def test_no_origin_shows_a_value(self, monkeypatch):
        variables(monkeypatch, OS_TOKEN="s3cret-t0ken", OS_PROJECT_ID=PROJECT, OS_REGION_NAME="eu-de")
        with apig.connect() as client:
            shown = client.origins.to_csv() + repr(client) + repr(client._origins)
        assert "s3cret" not in shown


def test_the_origins_of_the_sandbox():
    with apig.connect("sandbox") as client:
        assert set(client.origins["origin"]) == {"sandbox"}
    with pytest.raises(apig.ArgumentError, match=r"^password: cannot be combined with") as caught:
        apig.connect("sandbox", password="s3cret")
    assert "s3cret" not in str(caught.value)


def test_a_project_is_looked_up_by_its_name(sandbox: Sandbox, monkeypatch):
    variables(monkeypatch, OS_AUTH_URL=f"{sandbox.url}/v3", OS_TOKEN=sandbox.token, OS_PROJECT_NAME="eu-demo-1")
    with apig.connect() as client:
        assert (client.endpoint, client.project_id) == (sandbox.url, sandbox.project_id)
        assert origins(client)["project_id"] == "looked up by project_name"
    with pytest.raises(apig.NameLookupError, match=r"^project 'eu-demo' does not exist.*candidates: .*eu-demo-1"):
        apig.connect(project_name="eu-demo")
    # Disabled.
    with pytest.raises(apig.NameLookupError):
        apig.connect(project_name="eu-demo-1_old")
