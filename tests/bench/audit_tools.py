"""Findings of `audit` and of two linters from npm on exports of the sandbox: what they say about the gateway.

    npm install --prefix FOLDER @stoplight/spectral-cli @stoplight/spectral-owasp-ruleset @redocly/cli
    python -m tests.bench.audit_tools FOLDER

About the gateway are findings about access, protocols, policies, backends and routing, not about texts, parameters and
bodies. Fixable are those that can be mended in the gateway, which keeps neither descriptions of answers and bodies, nor
summaries, contacts and tags of a document.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import apig_nb as apig
from apig_nb.audit.checks import parameters, responses, schemas
from apig_nb.audit.checks.registry import CHECKS

GROUPS = ("orders", "catalog", "devices", "payments")
_ENVIRONMENT = {**os.environ, "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off"}

ABOUT_THE_GATEWAY = {
    *("owasp:api2:2023-read-restricted", "owasp:api2:2023-write-restricted", "security-defined"),
    *("owasp:api8:2023-no-scheme-http", "owasp:api8:2023-no-server-http", "owasp:api5:2023-admin-security-unique"),
}
ALSO_FIXABLE = {"owasp:api4:2023-string-restricted", "owasp:api4:2023-string-limit", "owasp:api4:2023-integer-limit"}
NOT_FIXABLE = {"body-undescribed", "error-answers-undescribed"}


def run(*command: object, cwd: Path) -> str:
    texts = [str(part) for part in command]
    return subprocess.run(texts, capture_output=True, text=True, check=False, env=_ENVIRONMENT, cwd=cwd).stdout


def spectral(folder: Path, document: Path) -> list[str]:
    (folder / ".spectral.json").write_text('{"extends": ["spectral:oas", "@stoplight/spectral-owasp-ruleset"]}')
    options = ("--quiet", "--format", "json", "--ruleset", ".spectral.json")
    found = json.loads(run("node_modules/.bin/spectral", "lint", *options, document, cwd=folder))
    return [one["code"] for one in found]


def redocly(folder: Path, document: Path) -> list[str]:
    found = json.loads(run("node_modules/.bin/redocly", "lint", "--format", "json", document, cwd=folder))
    return [one["ruleId"] for one in found["problems"]]


def is_about_the_gateway(rule: str) -> bool:
    check = CHECKS.get(rule)
    return check is None or check.__module__ not in {one.__name__ for one in (parameters, responses, schemas)}


def main() -> None:
    folder, totals = Path(sys.argv[1]), Counter[tuple[str, str]]()
    client = apig.connect("sandbox")
    with TemporaryDirectory() as temporary:
        for group in GROUPS:
            export = client.export(group=group, env="RELEASE", define="all")
            document = Path(temporary) / "export.json"
            # In one line: Spectral reports each tab of the service's own layout.
            document.write_text(json.dumps(export.definition.tree))
            for name, tool in (("spectral", spectral), ("redocly", redocly)):
                for rule in tool(folder, document):
                    totals[name, "all"] += 1
                    totals[name, "gateway"] += rule in ABOUT_THE_GATEWAY
                    totals[name, "fixable"] += rule in ABOUT_THE_GATEWAY | ALSO_FIXABLE
            for finding in apig.audit(export).found:
                totals["apig_nb", "all"] += 1
                totals["apig_nb", "gateway"] += is_about_the_gateway(finding.rule)
                totals["apig_nb", "fixable"] += finding.rule not in NOT_FIXABLE
    print(f"{', '.join(GROUPS)}: findings, about the gateway, share that can be fixed in it")
    for name in ("apig_nb", "spectral", "redocly"):
        every, gateway, fixable = (totals[name, kind] for kind in ("all", "gateway", "fixable"))
        print(f"{name:9} {every:5} {gateway:5} {fixable / every:5.0%}")


if __name__ == "__main__":
    main()
