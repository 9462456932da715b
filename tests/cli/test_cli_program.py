"""Help with examples that run, completion, exit codes, errors in one line, and a start without pandas."""

import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apig_nb.cli.archive import archive
from apig_nb.cli.program import main, program
from apig_nb.sandbox import Sandbox, start
from tests.cli.running import COMMAND, NEEDS_A_SHELL, environment, of_sandbox, repository, run

EXPORTS = Path(__file__).parents[1] / "data" / "exports"
COMMANDS = sorted(program.commands)
LEAVES = [*((name,) for name in COMMANDS if name != "archive"), *(("archive", name) for name in archive.commands)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the program runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def help_of(*command: str) -> str:
    done = run(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def examples(capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    for words in LEAVES:
        assert main([*words, "--help"]) == 0
        text = capsys.readouterr().out.partition("Examples:\n")[2]
        found = re.findall(r"^  (apig-nb .*)$", text, re.MULTILINE)
        assert len(found) == 2, words
        yield from found


def test_the_examples_in_the_help_of_every_command_run(folder: Path, capsys: pytest.CaptureFixture[str]):
    versions = [EXPORTS / "quirks-oas2.json", EXPORTS / "export-all-oas2.json"]
    repository(folder, *versions)
    (folder / "exports").mkdir()
    names = ("old.json", "new.json", "exports/orders-RELEASE-all-1.json")
    for name, version in zip(names, (*versions, versions[0]), strict=True):
        (folder / name).write_bytes(version.read_bytes())
    for example in examples(capsys):
        program_name, *words = shlex.split(example.partition(" > ")[0])
        assert program_name == "apig-nb"
        if words[0] != "sandbox":  # serves until it is stopped, see below
            assert (main(words) in (0, 1), capsys.readouterr().err) == (True, ""), example


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_command_sandbox_serves_until_it_is_stopped(stop: signal.Signals):
    with subprocess.Popen(
        [*COMMAND, "sandbox"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("Serving http://127.0.0.1:")
        process.send_signal(stop)
        assert (process.wait(), process.stderr.read()) == (0, "")


def test_the_sandbox_reports_a_folder_that_it_cannot_serve(tmp_path: Path):
    done = run("sandbox", tmp_path / "missing")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"apig-nb: .*missing.* is not a folder.*\n", done.stderr)


def test_the_help_starts_without_what_only_the_work_needs():
    """pandas, the HTTP library, the template engine and the model of documents take longer than the help itself."""
    code = (
        "import sys; from apig_nb.cli import main\n"
        f"codes = [main([*words, '--help']) for words in [(), *{LEAVES}]]\n"
        "heavy = {'pandas', 'numpy', 'httpx', 'jinja2', 'yaml', 'starlette', 'tqdm', 'apig_nb.definition'}\n"
        "print(sum(codes), sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert done.stderr == "0 []\n"


def test_the_help_lists_the_exit_codes_and_the_commands():
    text = help_of()
    assert re.findall(r"^    (\d+)  ", text, re.MULTILINE) == ["0", "1", "2", "3", "130"]
    assert re.findall(r"^  ([a-z-]+)  +[A-Z]", text.partition("Commands:")[2], re.MULTILINE) == COMMANDS


def test_without_a_command_the_help_is_shown_as_an_error():
    done = run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == help_of()


@pytest.mark.parametrize("name", ["bash", "zsh"])
def test_a_shell_completes_commands_choices_and_files(name: str):
    """It asks the program, as the script does that the program prints for it."""

    def completed(*words: str) -> list[str]:
        line = {"COMP_WORDS": " ".join(["apig-nb", *words]), "COMP_CWORD": str(len(words))}
        return run(variables={"_APIG_NB_COMPLETE": f"{name}_complete", **line}).stdout.splitlines()

    assert f"_APIG_NB_COMPLETE={name}_complete" in run(variables={"_APIG_NB_COMPLETE": f"{name}_source"}).stdout
    assert any("show" in line for line in completed("sh"))
    assert any("operations" in line for line in completed("show", "op"))
    assert any("file" in line for line in completed("show", "operations", "a.j"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], r"No such command 'nonsense'; see apig-nb --help"),
        (["list"], "Missing argument .*gateways.*; see apig-nb list --help"),
        (["list", "groups", "--env", "RELEASE", "--sandbox"], "--group and --env choose APIs only; see .*"),
        (["list", "gateways", "--gateway", "x", "--sandbox"], "--gateway is of no use .*"),
        (["list", "groups", "--sandbox", "--cloud", "otc"], "--sandbox and --cloud exclude each other; see .*"),
        (["list", "groups", "--token-stdin", "--password-stdin"], "Standard input holds one secret only; see .*"),
        (["list", "groups"], "token is missing.*: set variables .*OS_TOKEN.* --cloud, .* --token-stdin, .* --sandbox"),
        (["list", "groups", "--sandbox", "--region", "eu-de"], "--region: cannot be combined .*"),
        (["list", "apis", "--sandbox", "--group", "order"], "API group 'order' .*; candidates: .*orders.*"),
        (["export", "--sandbox", "--env", "RELEASE"], "Give --group .*, or --all; see apig-nb export --help"),
        (
            ["export", "--sandbox", "--env", "RELEASE", "--all"],
            "Several exports need --output, a folder, or --archive; see .*",
        ),
        (["export", "--sandbox", "--env", "R", "--all", "--api", "a"], "--api belongs to one group; see .*"),
        (["export", "--sandbox", "--env", "RELEASE", "--group", "orders", "--output", "no/a.json"], "no/a.json: No .*"),
        (["compare", "missing.json", "missing.json"], "'missing.json' cannot be read: .*"),
        (["show", "operations", __file__], ".*test_cli_program.py: not valid YAML: .*"),
    ],
)
def test_unusable_input_is_one_line_with_advice_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
):
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert re.fullmatch(f"apig-nb: {message}\n", output.err)
    assert [*folder.iterdir()] == []


def test_a_refusal_of_the_service_is_exit_code_3(own: Sandbox):
    own.fault("api_groups", code="APIGW.0307")
    done = run("list", "groups", "--gateway", own.instance_id, variables=of_sandbox(own))
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"apig-nb: 401 APIGW\.0307: .*\n", done.stderr)


def test_an_answer_of_something_else_is_exit_code_3(own: Sandbox):
    own.fault("api_groups", body="<html><title>Sign in</title></html>", media_type="text/html")
    done = run("list", "groups", "--gateway", own.instance_id, variables=of_sandbox(own))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "apig-nb: the list of API groups is not JSON (media type: text/html)\n"


def test_a_service_that_does_not_answer_is_exit_code_3(own: Sandbox):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    done = run("list", "gateways", variables={**of_sandbox(own), "OS_AUTH_URL": f"http://127.0.0.1:{port}"})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1


def test_a_warning_is_one_line():
    """The service answers with an empty list where the permission for the list is missing."""
    with start(may=["envs", "api_groups", "apis", "export"]) as sandbox:
        done = run("list", "gateways", "--format", "json", variables=of_sandbox(sandbox))
    assert (done.returncode, done.stdout) == (0, "[]\n")
    assert re.fullmatch(r"apig-nb: warning: .*apig:instances:list.*\n", done.stderr)


def test_debug_shows_where_an_error_comes_from():
    done = run("show", "operations", "missing.json", "--debug")
    assert done.returncode == 2
    assert done.stderr.startswith("Traceback")
    assert done.stderr.splitlines()[-1] == run("show", "operations", "missing.json").stderr.strip()


@NEEDS_A_SHELL
def test_an_interrupted_call_is_exit_code_130(own: Sandbox):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        variables = {**of_sandbox(own), "OS_AUTH_URL": address}
        with (
            subprocess.Popen(
                [*COMMAND, "list", "gateways"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment(variables),
            ) as process,
            silent.accept()[0],
        ):
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
    assert (process.returncode, out, err.strip()) == (130, b"", b"")


def test_a_closed_pipe_is_no_error():
    with subprocess.Popen(
        [*COMMAND, "rules", "compare", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)
