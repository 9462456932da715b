"""The IAM calls: tokens, temporary access keys and projects.

Source: https://github.com/opentelekomcloud-docs/identity-access-management/tree/main/api-ref/source/apis
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from apig_nb.sandbox import error_answers
from apig_nb.sandbox.auth import Authenticator, Token
from apig_nb.sandbox.content_model import Content, Project, User, derived_id

_INVALID = "The request body is invalid"
_WRONG = "The username or password is wrong."
# Python limits the number of digits that int() converts.
_NUMBER = re.compile("[0-9]{1,1000}")
# Shortest lifetime of a temporary key, which is also the default, and longest.
_KEY_SECONDS = (900, 86400)
# The message for an unknown scope is not documented; the status is that of other failed logins.
_SCOPE = "The scope is wrong: no such project or account."

MOST_ISSUED: Final = 10_000
"""The number of tokens and temporary keys that requests asked for and that are kept, a few KB each."""


class Iam:
    """Answers the IAM calls."""

    def __init__(self, content: Content, authenticator: Authenticator) -> None:
        self._content = content
        self._authenticator = authenticator
        self._issued: deque[str] = deque()

    def _forget_oldest(self, newest: str) -> None:
        self._issued.append(newest)
        if len(self._issued) > MOST_ISSUED:
            self._authenticator.forget(self._issued.popleft())

    async def create_token(self, request: Request) -> Response:
        """`POST /v3/auth/tokens`."""
        try:
            auth = json.loads(await request.body())["auth"]
            methods = tuple(auth["identity"]["methods"])
            user = self._user(methods, auth["identity"], request)
            project = self._project(auth.get("scope") or {})
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise error_answers.iam(400, _INVALID) from error
        token = self._authenticator.issue_token(user, project.id if project else None)
        self._forget_oldest(token.text)
        body = {"token": self._token_body(token, methods, project, self._catalog(request))}
        return JSONResponse(body, 201, {"X-Subject-Token": token.text})

    async def create_key(self, request: Request) -> Response:
        """`POST /v3.0/OS-CREDENTIAL/securitytokens`: a temporary access key."""
        try:
            identity = json.loads(await request.body())["auth"]["identity"]
            method = identity["methods"][0]
            method_fields = identity[method]
            if identity["methods"] == ["assume_role"]:
                user = self._user_by_agency(identity, request)
            else:
                user = {"token": self._user_of_token}[method](request)
            seconds = method_fields.get("duration_seconds", _KEY_SECONDS[0])
            if type(seconds) is not int or not _KEY_SECONDS[0] <= seconds <= _KEY_SECONDS[1]:
                raise error_answers.iam(400, _INVALID)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise error_answers.iam(400, _INVALID) from error
        access_key, key = self._authenticator.issue_key(user, seconds)
        self._forget_oldest(access_key)
        credential = {
            "access": access_key,
            "secret": key.secret_key,
            "securitytoken": key.security_token,
            "expires_at": _time(key.expires_at) if key.expires_at else "",
        }
        return JSONResponse({"credential": credential}, 201)

    def _user(self, methods: tuple[str, ...], identity: dict[str, Any], request: Request) -> User:
        if methods == ("assume_role",):
            return self._user_by_agency(identity, request)
        user = {
            ("password",): self._user_by_password,
            ("password", "totp"): self._user_by_passcode,
            ("totp", "password"): self._user_by_passcode,
        }[methods](identity)
        # Inferred: a user with a virtual MFA device must use it.
        if user.passcode and len(methods) == 1:
            raise error_answers.iam(401, _WRONG)
        return user

    def _user_by_password(self, identity: dict[str, Any]) -> User:
        given = identity["password"]["user"]
        password, user = given["password"], self._named_user(given)
        if user is None or password != user.password:
            raise error_answers.iam(401, _WRONG)
        return user

    def _user_by_passcode(self, identity: dict[str, Any]) -> User:
        user = self._user_by_password(identity)
        given = identity["totp"]["user"]
        # The documentation's table has only the id; its text and one sample have the name too.
        if self._named_user(given) != user or not user.passcode or given["passcode"] != user.passcode:
            raise error_answers.iam(401, _WRONG)
        return user

    def _named_user(self, given: dict[str, Any]) -> User | None:
        if "id" in given:
            return self._content.user_by_id(given["id"])
        is_this_account = given["domain"]["name"] == self._content.account
        return self._content.user(given["name"]) if is_this_account else None

    def _user_of_token(self, request: Request) -> User:
        text = request.headers.get("x-auth-token")
        if not text:
            raise error_answers.missing_token("iam")
        return self._authenticator.user_of_token(text)

    def _user_by_agency(self, identity: dict[str, Any], request: Request) -> User:
        """Return a user with the rights of the agency; there is one account only, so it delegates to itself."""
        given = identity["assume_role"]
        name = given["agency_name"]
        known = {"domain_id": self._content.account_id, "domain_name": self._content.account}
        named = {key: given[key] for key in known if key in given}
        if not named:
            raise error_answers.iam(400, _INVALID)
        # The messages are our own words: only the statuses are documented.
        if not self._user_of_token(request).operates_agencies:
            raise error_answers.iam(403, "The user lacks the Agent Operator policy.")
        agency = self._content.agency(name)
        if agency is None or not named.items() <= known.items():
            raise error_answers.iam(404, "The agency does not exist.")
        return User(derived_id("agency", agency.name), f"{self._content.account}/{agency.name}", "", may=agency.may)

    def _project(self, scope: dict[str, Any]) -> Project | None:
        """Return the project of a scope, None for an account or no scope; a project has precedence."""
        if wanted := scope.get("project"):
            key = "id" if "id" in wanted else "name"
            found = [one for one in self._content.projects if getattr(one, key) == wanted[key] and one.enabled]
            if not found:
                raise error_answers.iam(401, _SCOPE)
            return found[0]
        account = scope.get("domain") or {}
        known = {"id": self._content.account_id, "name": self._content.account}
        if not account.items() <= known.items():
            raise error_answers.iam(401, _SCOPE)
        return None

    def _token_body(
        self, token: Token, methods: tuple[str, ...], project: Project | None, catalog: list[dict[str, Any]]
    ) -> dict[str, Any]:
        account = {"id": self._content.account_id, "name": self._content.account}
        of_project = {"project": {"domain": account, "id": project.id, "name": project.name}} if project else {}
        user = token.caller.user
        return {
            "catalog": catalog,
            "expires_at": _time(token.expires_at),
            "issued_at": _time(token.issued_at),
            "methods": list(methods),
            **({"mfa_authn_at": _time(token.issued_at)} if "totp" in methods else {}),
            **(of_project or {"domain": account}),
            "roles": [{"id": "0", "name": "apig_adm"}],
            "user": {"domain": account, "id": user.id, "name": user.name, "password_expires_at": ""},
        }

    def _catalog(self, request: Request) -> list[dict[str, Any]]:
        """Return the endpoints of the services, or nothing with any text in `nocatalog`."""
        if request.query_params.get("nocatalog"):
            return []
        return [
            {
                "id": derived_id("service", name),
                "name": name,
                "type": name,
                "endpoints": [
                    {
                        "id": derived_id("endpoint", name),
                        "interface": "public",
                        "region": self._content.region,
                        "region_id": self._content.region,
                        "url": f"{request.base_url}{version}",
                    }
                ],
            }
            for name, version in (("iam", "v3"), ("apig", "v2"))
        ]

    async def own_projects(self, request: Request) -> Response:
        """`GET /v3/auth/projects`: no filters, no paging."""
        return JSONResponse(self._envelope(request, self._content.projects))

    async def projects(self, request: Request) -> Response:
        """`GET /v3/projects`: filters, and pages when both `page` and `per_page` are given."""
        query = request.query_params
        found = [project for project in self._content.projects if self._matches_filters(project, query.items())]
        page, per_page = query.get("page"), query.get("per_page")
        if page is None and per_page is None:
            return JSONResponse(self._envelope(request, found))
        # Documented as used together; that one of them alone is an error is inferred.
        if page is None or per_page is None or not (_NUMBER.fullmatch(page) and _NUMBER.fullmatch(per_page)):
            raise error_answers.iam(400, "page and per_page must be numbers and be given together")
        number, size = int(page), int(per_page)
        if number < 1 or not 1 <= size <= 5000:
            raise error_answers.iam(400, "page must be at least 1, per_page 1 to 5000")
        on_page = found[(number - 1) * size : number * size]
        body = self._envelope(request, on_page)
        if number > 1:
            body["links"]["previous"] = str(request.url.include_query_params(page=number - 1))
        if number * size < len(found):
            body["links"]["next"] = str(request.url.include_query_params(page=number + 1))
        return JSONResponse(body)

    def _matches_filters(self, project: Project, filters: Iterable[tuple[str, str]]) -> bool:
        item = {
            "domain_id": self._content.account_id,
            "name": project.name,
            "parent_id": project.parent_id,
            "enabled": str(project.enabled).lower(),
            "is_domain": "false",
        }
        return all(item[name] == value for name, value in filters if name in item)

    def _envelope(self, request: Request, projects: Iterable[Project]) -> dict[str, Any]:
        address = str(request.url.replace(query="", path="/v3/projects"))
        return {
            "links": {"self": str(request.url), "previous": None, "next": None},
            "projects": [
                {
                    "is_domain": False,
                    "description": project.description,
                    "links": {"self": f"{address}/{project.id}"},
                    "enabled": project.enabled,
                    "id": project.id,
                    "parent_id": project.parent_id,
                    "domain_id": self._content.account_id,
                    "name": project.name,
                }
                for project in projects
            ],
        }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
