"""The IAM calls: tokens and projects (contract/auth, contract/lookups)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from apig_nb.sandbox import errors
from apig_nb.sandbox.auth import Authenticator, Token
from apig_nb.sandbox.model import Content, Project, User, derived_id

_INVALID = "The request body is invalid"
_WRONG = "The username or password is wrong."
# The text for a scope that cannot be is not documented; the status is the one of other failed logins.
_SCOPE = "The scope is wrong: no such project or account."


class Iam:
    """Answers the IAM calls."""

    def __init__(self, content: Content, authenticator: Authenticator) -> None:
        self._content = content
        self._authenticator = authenticator

    async def create_token(self, request: Request) -> Response:
        """`POST /v3/auth/tokens`."""
        try:
            auth = json.loads(await request.body())["auth"]
            identity = auth["identity"]
            # Another way to log in is another entry beside the password.
            user = {("password",): self._user_by_password}[tuple(identity["methods"])](identity)
            scope = auth.get("scope") or {}
            project = self._project(scope)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise errors.iam(400, _INVALID) from error
        token = self._authenticator.issue_token(user, project.id if project else None)
        body = {"token": self._token_body(token, project, self._catalog(request))}
        return JSONResponse(body, 201, {"X-Subject-Token": token.text})

    def _user_by_password(self, identity: dict[str, Any]) -> User:
        given = identity["password"]["user"]
        name, password, account = given["name"], given["password"], given["domain"]["name"]
        user = self._content.user(name)
        if user is None or password != user.password or account != self._content.account:
            raise errors.iam(401, _WRONG)
        return user

    def _project(self, scope: dict[str, Any]) -> Project | None:
        """The project of a scope; None for the account and for no scope. A project wins over an account."""
        if wanted := scope.get("project"):
            key = "id" if "id" in wanted else "name"
            found = [one for one in self._content.projects if getattr(one, key) == wanted[key] and one.enabled]
            if not found:
                raise errors.iam(401, _SCOPE)
            return found[0]
        account = scope.get("domain") or {}
        known = {"id": self._content.account_id, "name": self._content.account}
        if not account.items() <= known.items():
            raise errors.iam(401, _SCOPE)
        return None

    def _token_body(self, token: Token, project: Project | None, catalog: list[dict[str, Any]]) -> dict[str, Any]:
        account = {"id": self._content.account_id, "name": self._content.account}
        of_project = {"project": {"domain": account, "id": project.id, "name": project.name}} if project else {}
        user = token.caller.user
        return {
            "catalog": catalog,
            "expires_at": _time(token.expires_at),
            "issued_at": _time(token.issued_at),
            "methods": ["password"],
            **(of_project or {"domain": account}),
            "roles": [{"id": "0", "name": "apig_adm"}],
            "user": {"domain": account, "id": user.id, "name": user.name, "password_expires_at": ""},
        }

    def _catalog(self, request: Request) -> list[dict[str, Any]]:
        """Where the services are; any text in `nocatalog` leaves it out (contract/auth, "Token")."""
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
        found = [project for project in self._content.projects if self._is_wanted(project, query.items())]
        page, per_page = query.get("page"), query.get("per_page")
        if page is None and per_page is None:
            return JSONResponse(self._envelope(request, found))
        # Only together (contract/lookups, "Paging"); that one alone is refused is inferred.
        if page is None or per_page is None or not (page.isdecimal() and per_page.isdecimal()):
            raise errors.iam(400, "page and per_page are numbers and come together")
        number, size = int(page), int(per_page)
        if number < 1 or not 1 <= size <= 5000:
            raise errors.iam(400, "page is at least 1, per_page is 1 to 5000")
        shown = found[(number - 1) * size : number * size]
        body = self._envelope(request, shown)
        if number > 1:
            body["links"]["previous"] = str(request.url.include_query_params(page=number - 1))
        if number * size < len(found):
            body["links"]["next"] = str(request.url.include_query_params(page=number + 1))
        return JSONResponse(body)

    def _is_wanted(self, project: Project, filters: Iterable[tuple[str, str]]) -> bool:
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
