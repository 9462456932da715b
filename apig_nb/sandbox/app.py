"""The routes: every call goes through size checks, faults, authentication, permission, project and gateway, in turn."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from apig_nb.sandbox import documents, errors, exports, listings
from apig_nb.sandbox.auth import Authenticator, Caller
from apig_nb.sandbox.errors import Family, Refusal
from apig_nb.sandbox.faults import Fault, Faults
from apig_nb.sandbox.iam import Iam
from apig_nb.sandbox.listings import Entry
from apig_nb.sandbox.model import Content, Gateway, Permission
from apig_nb.sandbox.signature import SentRequest

BODY_LIMIT: Final = 12 * 2**20
"""Bytes of a body (contract/errors, APIGW.0201: 12 MB)."""
HEADER_LIMIT: Final = 32 * 2**10
"""Bytes of a header or of the URI (contract/errors, APIGW.0201: 32 KB)."""

# The type of an exported file is documented nowhere; this one promises nothing a client could rely on.
EXPORT_MEDIA_TYPE: Final = "application/octet-stream"

Handler = Callable[[Request], Awaitable[Response]]
GatewayHandler = Callable[[Request, Gateway], Awaitable[Response]]


def build_app(content: Content, authenticator: Authenticator, faults: Faults) -> ASGIApp:
    """Make the ASGI application."""
    app = Starlette(
        routes=Routes(content, authenticator, faults).routes(),
        exception_handlers={HTTPException: _no_route, Exception: _broken},
    )
    # A path with a stray slash is another path, not a redirection.
    app.router.redirect_slashes = False
    return WithRequestId(app)


async def _no_route(request: Request, exception: Exception) -> Response:
    return refused(request, errors.unknown_path())


async def _broken(request: Request, exception: Exception) -> Response:
    return refused(request, errors.of_status(500, "apig"))


def refused(request: Request, refusal: Refusal) -> Response:
    """Make the answer of a refusal."""
    return JSONResponse(refusal.body(request.scope["request_id"]), refusal.status)


class WithRequestId:
    """Puts a request id into every answer, in the headers of both layers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["request_id"] = request_id = secrets.token_hex(16)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                if scope["path"].startswith(("/v3/", "/v3.0/")):
                    # IAM's own name for it (contract/errors, "Body shapes").
                    headers["X-IAM-Trace-Id"] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)


class Routes:
    """The calls of IAM and API Gateway."""

    def __init__(self, content: Content, authenticator: Authenticator, faults: Faults) -> None:
        self._content = content
        self._authenticator = authenticator
        self._faults = faults
        self._iam = Iam(content, authenticator)
        self._tasks = exports.Tasks(content)

    def routes(self) -> list[Route]:
        """All routes; the names in quotes are those of `faults.CALLS`."""
        return [
            self._route("/v3/auth/tokens", "tokens", "iam", self._iam.create_token, "POST"),
            self._route("/v3.0/OS-CREDENTIAL/securitytokens", "tokens", "iam", self._iam.create_key, "POST"),
            self._route("/v3/auth/projects", "projects", "iam", self._authenticated(self._iam.own_projects)),
            self._route("/v3/projects", "projects", "iam", self._authenticated(self._iam.projects)),
            # The second is ROMA Connect's word for the same calls (contract/export).
            *self._apig_routes("apigw"),
            *self._apig_routes("apic"),
        ]

    def _apig_routes(self, product: str) -> list[Route]:
        apig = f"/v2/{{project_id}}/{product}/instances"
        gateway = apig + "/{instance_id}"
        return [
            self._route(apig, "instances", "apic", self._instances),
            self._route(
                f"{gateway}/envs", "envs", "apig", self._of_gateway("envs", self._listed("envs", listings.envs))
            ),
            self._route(
                f"{gateway}/api-groups",
                "api_groups",
                "apig",
                self._of_gateway("api_groups", self._listed("groups", listings.api_groups)),
            ),
            self._route(
                f"{gateway}/apis", "apis", "apig", self._of_gateway("apis", self._listed("apis", listings.apis))
            ),
            self._route(
                f"{gateway}/openapi/export", "export", "apig", self._of_gateway("export", self._export), "POST"
            ),
            self._route(
                f"{gateway}/openapi/async-export",
                "async_export",
                "apig",
                self._of_gateway("export", self._start_export),
                "POST",
            ),
            self._route(
                gateway + "/async-tasks/{task_id}", "async_task", "apig", self._of_gateway("export", self._task)
            ),
        ]

    def _route(self, path: str, call: str, family: Family, handler: Handler, method: str = "GET") -> Route:
        async def endpoint(request: Request) -> Response:
            async def usual() -> Response:
                try:
                    _refuse_oversized(request)
                    return await handler(request)
                except Refusal as refusal:
                    return refused(request, refusal)

            fault = request.state.fault = self._faults.take(call)
            sent = request.url.query + (await request.body()).decode("utf-8", "replace") if fault.field else ""
            return await fault.answer(family, sent, usual, lambda refusal: refused(request, refusal))

        return Route(path, endpoint, methods=[method])

    def _authenticated(self, handler: Handler) -> Handler:
        async def authenticated(request: Request) -> Response:
            await self._caller(request, "iam")
            return await handler(request)

        return authenticated

    def _of_gateway(self, permission: Permission, handler: GatewayHandler) -> Handler:
        async def of_gateway(request: Request) -> Response:
            await self._permitted(request, "apig", permission)
            instance_id = request.path_params["instance_id"]
            gateway = self._content.gateway(instance_id)
            if gateway is None:
                raise errors.unknown_gateway(instance_id)
            if gateway.project_id != request.path_params["project_id"]:
                raise errors.foreign_project("apig")
            return await handler(request, gateway)

        return of_gateway

    async def _permitted(self, request: Request, family: Family, permission: Permission) -> None:
        """Let a caller through who has a project, the permission, and names that project in the path."""
        caller = await self._caller(request, family)
        if caller.project_id is None:
            raise errors.token_without_project(family)
        if permission not in caller.user.may:
            raise errors.no_permission(family)
        if caller.project_id != request.path_params["project_id"]:
            raise errors.foreign_project(family)

    async def _caller(self, request: Request, family: Family) -> Caller:
        return self._authenticator.caller(await _as_sent(request), family)

    async def _instances(self, request: Request) -> Response:
        await self._permitted(request, "apic", "instances")
        query = request.query_params
        entries = listings.instances(self._content, request.path_params["project_id"], query)
        return JSONResponse(listings.page(entries, "instances", query, "apic"))

    def _listed(self, key: str, entries: Callable[[Content, Gateway, QueryParams], list[Entry]]) -> GatewayHandler:
        async def listed(request: Request, gateway: Gateway) -> Response:
            query = request.query_params
            return JSONResponse(listings.page(entries(self._content, gateway, query), key, query, "apig"))

        return listed

    async def _export(self, request: Request, gateway: Gateway) -> Response:
        order = exports.order(self._content, gateway, await exports.read_fields(request))
        if request.state.fault.stale:
            order = exports.of_yesterday(order, self._content)
        return Response(documents.write(order), media_type=EXPORT_MEDIA_TYPE)

    async def _start_export(self, request: Request, gateway: Gateway) -> Response:
        fault: Fault = request.state.fault
        task_id = self._tasks.start(gateway, await exports.read_fields(request), fault.looks, fault.described)
        return JSONResponse({"task_id": task_id}, 202)

    async def _task(self, request: Request, gateway: Gateway) -> Response:
        return JSONResponse(self._tasks.look(gateway, request.path_params["task_id"]))


def _refuse_oversized(request: Request) -> None:
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > BODY_LIMIT:
        raise errors.oversized(413)
    if len(request.scope["raw_path"]) + len(request.scope["query_string"]) > HEADER_LIMIT:
        raise errors.oversized(414)
    if any(len(name) + len(value) > HEADER_LIMIT for name, value in request.scope["headers"]):
        raise errors.oversized(494)


async def _as_sent(request: Request) -> SentRequest:
    # Header values are signed as UTF-8 text, whatever HTTP makes of the bytes (contract/auth, "Details").
    headers = {name.decode("latin-1"): value.decode("utf-8", "replace") for name, value in request.scope["headers"]}
    return SentRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await request.body(),
    )
