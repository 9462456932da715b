"""The program connects like `apig.connect`, and shows no secret."""

import json
from pathlib import Path

import pytest

from apig_nb.cli.program import program
from apig_nb.client.config import SECRETS
from apig_nb.sandbox import Sandbox
from tests.cli.running import NEEDS_A_SHELL, of_sandbox, on_terminal, run

pytestmark = pytest.mark.slow  # starts processes

GROUPS = ("list", "groups", "--format", "json", "--gateway", "retail-prod")


def names(text: str) -> list[str]:
    return [group["name"] for group in json.loads(text)]


def test_it_connects_with_variables_with_clouds_yaml_and_to_the_embedded_sandbox(sandbox: Sandbox, tmp_path: Path):
    variables = of_sandbox(sandbox)
    by_variables = run(*GROUPS, variables=variables)
    auth = {"token": sandbox.token, "project_id": sandbox.project_id, "auth_url": f"{sandbox.url}/v3"}
    (tmp_path / "clouds.yaml").write_text(json.dumps({"clouds": {"shop": {"auth": auth}, "other": {}}}))
    by_file = run(*GROUPS, "--cloud", "shop", folder=tmp_path)
    embedded = run(*GROUPS, "--sandbox")
    assert "orders" in names(by_variables.stdout)
    assert by_variables.stdout == by_file.stdout == embedded.stdout
    assert by_variables.stderr == by_file.stderr == embedded.stderr == ""


@pytest.mark.parametrize("secret", ["token", "secret-key", "password"])
def test_a_secret_is_read_from_standard_input(sandbox: Sandbox, secret: str):
    variables = of_sandbox(sandbox)
    login = sandbox.login_of("operator")
    given, *others = {
        "token": (variables.pop("OS_TOKEN"),),
        "secret-key": (sandbox.secret_key, "--access-key", sandbox.access_key),
        "password": (login["password"], "--username", login["username"], "--domain-name", login["domain_name"]),
    }[secret]
    done = run(*GROUPS, f"--{secret}-stdin", *others, stdin=f"{given}\n", variables=variables)
    assert (done.returncode, done.stderr) == (0, "")
    assert "orders" in names(done.stdout)


@NEEDS_A_SHELL
def test_a_person_types_a_secret_that_nobody_sees(sandbox: Sandbox):
    variables = of_sandbox(sandbox)
    token = variables.pop("OS_TOKEN")
    seen = on_terminal(*GROUPS, "--token-stdin", typed=f"{token}\n", variables=variables)
    assert token not in seen
    assert names(seen.partition("\n")[2]) == names(run(*GROUPS, "--sandbox").stdout)


def test_no_option_takes_a_secret():
    params = [param for command in program.commands.values() for param in command.params]
    flags = {flag.lstrip("-").replace("-", "_") for param in params for flag in param.opts}
    assert "token_stdin" in flags
    assert flags & SECRETS == set()


def test_an_address_with_a_password_is_refused_and_not_repeated():
    for arguments in (
        ("archive", "log", "ftp://me:hunter22@host/a"),
        (*GROUPS, "--endpoint", "https://me:hunter22@a.b"),
    ):
        done = run(*arguments, variables={"OS_TOKEN": "some-token", "OS_PROJECT_ID": "0123456789"})
        assert (done.returncode, done.stdout) == (2, "")
        assert "password" in done.stderr
        assert "hunter22" not in done.stderr


def test_no_error_shows_a_secret_also_with_debug(own: Sandbox):
    """The service sends the token back, and the program ends with a traceback."""
    token = of_sandbox(own)["OS_TOKEN"]
    own.fault("api_groups", status=400, body=json.dumps({"error_msg": f"bad {token}", "error_code": "APIG.2000"}))
    done = run(*GROUPS, "--debug", variables=of_sandbox(own))
    assert done.returncode == 3
    assert "Traceback" in done.stderr
    assert token not in done.stdout + done.stderr


def test_a_refused_token_is_not_repeated_in_the_error(sandbox: Sandbox):
    done = run(*GROUPS, "--token-stdin", stdin="wrong-token-of-somebody\n", variables=of_sandbox(sandbox))
    assert done.returncode == 3
    assert "wrong-token-of-somebody" not in done.stdout + done.stderr
