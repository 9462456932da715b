"""The routes: each call passes injected faults, size limits, authentication, permission, project and gateway."""

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

from apig_nb.sandbox import error_answers, exports, listings
from apig_nb.sandbox.auth import Authenticator, Caller
from apig_nb.sandbox.content_model import Content, Gateway, Permission
from apig_nb.sandbox.document_writer import write_document
from apig_nb.sandbox.error_answers import ErrorAnswer, Family
from apig_nb.sandbox.faults import Fault, Faults
from apig_nb.sandbox.iam import Iam
from apig_nb.sandbox.listings import Entry
from apig_nb.sandbox.signature import SentRequest

BODY_LIMIT: Final = 12 * 2**20
"""Largest body in bytes: above 12 MB the front gateway answers APIGW.0201."""
MOST_COMMAS: Final = 500_000
"""Commas of a body, each with a value in JSON, which no other request is answered while it is read. A body with as many
ids of APIs as it can hold has fewer."""
BODIES_LIMIT: Final = 64 * 2**20
"""Largest number of bytes of the bodies of all requests that are not yet answered."""
HEADER_LIMIT: Final = 32 * 2**10
"""Largest header or URI in bytes: above 32 KB the front gateway answers APIGW.0201."""

# The media type of an export is not documented; a client cannot rely on this one.
EXPORT_MEDIA_TYPE: Final = "application/octet-stream"

Handler = Callable[[Request], Awaitable[Response]]
GatewayHandler = Callable[[Request, Gateway], Awaitable[Response]]


def build_app(content: Content, authenticator: Authenticator, faults: Faults) -> ASGIApp:
    """Return the ASGI application."""
    app = Starlette(
        routes=Routes(content, authenticator, faults).routes(),
        exception_handlers={HTTPException: _no_route, Exception: _internal_error},
    )
    # A path with a trailing slash is an unknown path; there is no redirection to the path without it.
    app.router.redirect_slashes = False
    return WithRequestId(app)


async def _no_route(request: Request, exception: Exception) -> Response:
    return _error_response(request, error_answers.unknown_path())


async def _internal_error(request: Request, exception: Exception) -> Response:
    return _error_response(request, error_answers.of_status(500, "apig"))


def _error_response(request: Request, error: ErrorAnswer) -> Response:
    """Return the response of an error answer."""
    return JSONResponse(error.body(request.scope["request_id"]), error.status)


class WithRequestId:
    """Middleware that adds a request id to every response, under the header of the front gateway and of IAM.

    It also bounds the body of a request, which need not say its length beforehand, and those of all requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope["request_id"] = request_id = secrets.token_hex(16)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                if scope["path"].startswith(("/v3/", "/v3.0/")):
                    # The header that IAM has for it.
                    headers["X-IAM-Trace-Id"] = request_id
            await send(message)

        received = commas = 0

        async def receive_bounded() -> Message:
            nonlocal received, commas
            message = await receive()
            body = message.get("body", b"")
            self._held += len(body)
            received, commas = received + len(body), commas + body.count(b",")
            if received > BODY_LIMIT or commas > MOST_COMMAS or self._held > BODIES_LIMIT:
                raise error_answers.oversized(413)
            return message

        try:
            await self._app(scope, receive_bounded, send_with_id)
        finally:
            self._held -= received


class Routes:
    """The calls of IAM and API Gateway."""

    def __init__(self, content: Content, authenticator: Authenticator, faults: Faults) -> None:
        self._content = content
        self._authenticator = authenticator
        self._faults = faults
        self._iam = Iam(content, authenticator)
        self._tasks = exports.Tasks(content)

    def routes(self) -> list[Route]:
        """Return all routes; the second argument of each is one of `faults.CALLS`."""
        return [
            self._route("/v3/auth/tokens", "tokens", "iam", self._iam.create_token, "POST"),
            self._route("/v3.0/OS-CREDENTIAL/securitytokens", "tokens", "iam", self._iam.create_key, "POST"),
            self._route("/v3/auth/projects", "projects", "iam", self._authenticated(self._iam.own_projects)),
            self._route("/v3/projects", "projects", "iam", self._authenticated(self._iam.projects)),
            # ROMA Connect has the same calls under `apic`.
            *self._apig_routes("apigw"),
            *self._apig_routes("apic"),
        ]

    def _apig_routes(self, product: str) -> list[Route]:
        instances = f"/v2/{{project_id}}/{product}/instances"
        gateway = instances + "/{instance_id}"

        def route(path: str, call: str, permission: Permission, handler: GatewayHandler, method: str = "GET") -> Route:
            return self._route(gateway + path, call, "apig", self._with_gateway(permission, handler), method)

        return [
            self._route(instances, "instances", "apic", self._instances),
            route("/envs", "envs", "envs", self._listed("envs", listings.envs)),
            route("/api-groups", "api_groups", "api_groups", self._listed("groups", listings.api_groups)),
            route("/apis", "apis", "apis", self._listed("apis", listings.apis)),
            route("/openapi/export", "export", "export", self._export, "POST"),
            route("/openapi/async-export", "async_export", "export", self._start_export, "POST"),
            route("/async-tasks/{task_id}", "async_task", "tasks", self._task),
        ]

    def _route(self, path: str, call: str, family: Family, handler: Handler, method: str = "GET") -> Route:
        async def endpoint(request: Request) -> Response:
            async def handle() -> Response:
                try:
                    _check_size(request)
                    return await handler(request)
                except ErrorAnswer as error:
                    return _error_response(request, error)

            fault = request.state.fault = self._faults.take(call)
            try:
                sent = request.url.query + (await request.body()).decode("utf-8", "replace") if fault.field else ""
            except ErrorAnswer as error:
                return _error_response(request, error)
            return await fault.respond(family, sent, handle, lambda error: _error_response(request, error))

        return Route(path, endpoint, methods=[method])

    def _authenticated(self, handler: Handler) -> Handler:
        async def authenticated(request: Request) -> Response:
            await self._caller(request, "iam")
            return await handler(request)

        return authenticated

    def _with_gateway(self, permission: Permission, handler: GatewayHandler) -> Handler:
        async def with_gateway(request: Request) -> Response:
            await self._check_permission(request, "apig", permission)
            instance_id = request.path_params["instance_id"]
            gateway = self._content.gateway(instance_id)
            if gateway is None:
                raise error_answers.unknown_gateway(instance_id)
            if gateway.project_id != request.path_params["project_id"]:
                raise error_answers.foreign_project("apig")
            return await handler(request, gateway)

        return with_gateway

    async def _check_permission(self, request: Request, family: Family, permission: Permission) -> None:
        """Check that the caller has the permission, and a token for the project in the path."""
        caller = await self._check_project(request, family)
        if permission not in caller.user.may:
            raise error_answers.no_permission(family)

    async def _check_project(self, request: Request, family: Family) -> Caller:
        """Return the caller, who has a token for the project in the path."""
        caller = await self._caller(request, family)
        if caller.project_id is None:
            raise error_answers.token_without_project(family)
        if caller.project_id != request.path_params["project_id"]:
            raise error_answers.foreign_project(family)
        return caller

    async def _caller(self, request: Request, family: Family) -> Caller:
        return self._authenticator.caller(await _sent_request(request), family)

    async def _instances(self, request: Request) -> Response:
        query = request.query_params
        # Without the permission the list is empty, which is not an error:
        # https://support.huaweicloud.com/intl/en-us/api-apig/ListInstancesV2.html
        caller = await self._check_project(request, "apic")
        entries = listings.instances(self._content, request.path_params["project_id"], query)
        entries = entries if "instances" in caller.user.may else []
        return JSONResponse(listings.page(entries, "instances", query, "apic"))

    def _listed(self, key: str, entries: Callable[[Content, Gateway, QueryParams], list[Entry]]) -> GatewayHandler:
        async def listed(request: Request, gateway: Gateway) -> Response:
            query = request.query_params
            return JSONResponse(listings.page(entries(self._content, gateway, query), key, query, "apig"))

        return listed

    async def _export(self, request: Request, gateway: Gateway) -> Response:
        export = exports.resolve(self._content, gateway, await exports.read_fields(request))
        if request.state.fault.stale:
            export = exports.dated_yesterday(export, self._content)
        return Response(write_document(export), media_type=EXPORT_MEDIA_TYPE)

    async def _start_export(self, request: Request, gateway: Gateway) -> Response:
        fault: Fault = request.state.fault
        task_id = self._tasks.start(gateway, await exports.read_fields(request), fault.polls, fault.documented_keys)
        return JSONResponse({"task_id": task_id}, 202)

    async def _task(self, request: Request, gateway: Gateway) -> Response:
        return JSONResponse(self._tasks.poll(gateway, request.path_params["task_id"]))


def _check_size(request: Request) -> None:
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > BODY_LIMIT:
        raise error_answers.oversized(413)
    if len(request.scope["raw_path"]) + len(request.scope["query_string"]) > HEADER_LIMIT:
        raise error_answers.oversized(414)
    if any(len(name) + len(value) > HEADER_LIMIT for name, value in request.scope["headers"]):
        raise error_answers.oversized(494)


async def _sent_request(request: Request) -> SentRequest:
    # Signatures use header values as UTF-8, although HTTP libraries decode them as Latin-1.
    headers = {name.decode("latin-1"): value.decode("utf-8", "replace") for name, value in request.scope["headers"]}
    return SentRequest(
        method=request.method,
        path=request.scope["raw_path"].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await request.body(),
    )
