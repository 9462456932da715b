"""A simulated gateway: an HTTP server on the loopback interface that answers the documented IAM and API Gateway calls.

    with sandbox.start() as gateway:
        httpx.get(f"{gateway.url}/v2/{gateway.project_id}/apigw/instances", headers={"X-Auth-Token": gateway.token})

Its content is a folder of YAML files (see `content/README.md`); without one it serves the demo content. It shares only
texts, errors and the request with the rest of the library, so that tests against it can find mistakes of the library.
"""

from __future__ import annotations

import functools
import os
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from apig_nb.errors import MissingExtraError, clear_variables
from apig_nb.sandbox.auth import SHORT_TOKEN_BYTES, Authenticator
from apig_nb.sandbox.content_loader import DEMO, load
from apig_nb.sandbox.content_model import clock_time
from apig_nb.sandbox.content_yaml import SandboxContentError

if TYPE_CHECKING:
    from apig_nb.sandbox.content_model import Content, User

__all__ = ["Sandbox", "SandboxContentError", "start"]


def start(
    content: str | os.PathLike[str] | None = None,
    port: int = 0,
    *,
    gateways: bool = True,
    may: Collection[str] | None = None,
) -> Sandbox:
    """Start a sandbox on 127.0.0.1.

        start(may=["envs", "api_groups", "apis", "export", "tasks"])       # the list of gateways is empty
        start(may=["instances", "envs", "api_groups", "apis", "export"])   # polls of tasks are refused

    Args:
        content: a content folder; by default the demo content.
        port: the port to serve on; 0 for a free one.
        gateways: False for a project without a gateway.
        may: the calls that the first user may make, of `instances`, `envs`, `api_groups`, `apis`, `export`, `tasks`
            (the polls of asynchronous exports); by default those of the content.

    Raises:
        ValueError: there is no such call.
        SandboxContentError: the folder cannot be served; the message names the file and the mistake.
        MissingExtraError: the server's packages are not installed.
        OSError: the port is taken, or the server cannot start for another reason of the system.
    """
    try:
        served = _demo() if content is None else load(Path(content))
    except BaseException as error:
        # They hold passwords, and a traceback may show them.
        clear_variables(error)
        raise
    if not gateways:
        served = replace(served, gateways=())
    if may is not None:
        first, *others = served.users
        served = replace(served, users=(first.allowed(may), *others))
    return Sandbox(served, port)


# Content is never changed, and a cell that connects to the sandbox may be run again and again.
@functools.cache
def _demo() -> Content:
    return load(DEMO)


class Sandbox:
    """A running simulated gateway; as a context manager it stops at the end of the block.

    Attributes:
        url: the endpoint of both IAM and API Gateway.
        project_id: the project of the region.
        instance_id: the first gateway of that project; empty without one.
        token: a token of the first user for that project, different at each start.
        access_key: an access key of the first user, different at each start.
        secret_key: the secret key that belongs to it.
    """

    def __init__(self, content: Content, port: int = 0) -> None:
        try:
            # Starlette and uvicorn are optional: the extra `sandbox`.
            from apig_nb.sandbox.app import build_app
            from apig_nb.sandbox.faults import Faults
            from apig_nb.sandbox.server import LoopbackServer
        except ModuleNotFoundError as error:
            raise MissingExtraError("the sandbox", "sandbox") from error
        # A copy, as its clock can be moved.
        self._content = content = replace(content)
        self._authenticator = Authenticator(content)
        self._faults = Faults()
        self.project_id = content.main_project.id
        self.instance_id = next((one.id for one in content.gateways if one.project_id == self.project_id), "")
        self.token = self.token_for(content.users[0].name)
        self.access_key = secrets.token_hex(10).upper()
        self.secret_key = secrets.token_urlsafe(30)
        self._authenticator.add_key(self.access_key, self.secret_key, content.users[0])
        self._server = LoopbackServer(build_app(content, self._authenticator, self._faults), port)
        self.url = f"http://127.0.0.1:{self._server.port}"

    @property
    def clock(self) -> datetime:
        """The time for versions of documents and dates of the content, UTC; it stands still until it is set.

        sandbox.clock += timedelta(hours=1)   # the next export has another version, as a real one does

        Raises:
            ValueError: it is set to a value that is not a time of the years 1971 to 9998.
        """
        return self._content.clock

    @clock.setter
    def clock(self, moment: datetime) -> None:
        self._content.clock = clock_time(moment)

    def token_for(self, user_name: str) -> str:
        """Return a new token of a user for the project of the region.

        Raises:
            KeyError: the content has no such user.
        """
        return self._authenticator.issue_token(self._user(user_name), self.project_id, SHORT_TOKEN_BYTES).text

    def login_of(self, user_name: str) -> dict[str, str]:
        """Return the login of a user: username, user_id, password, domain_name, and passcode for users with MFA.

        Raises:
            KeyError: the content has no such user.
        """
        user = self._user(user_name)
        login = {
            "username": user.name,
            "user_id": user.id,
            "password": user.password,
            "domain_name": self._content.account,
        }
        return login | ({"passcode": user.passcode} if user.passcode else {})

    def temporary_key_of(self, user_name: str) -> dict[str, str]:
        """Return a new temporary key of a user, valid for an hour: access_key, secret_key, security_token.

        Raises:
            KeyError: the content has no such user.
        """
        access_key, key = self._authenticator.issue_key(self._user(user_name), seconds=3600)
        return {"access_key": access_key, "secret_key": key.secret_key, "security_token": key.security_token}

    def _user(self, name: str) -> User:
        user = self._content.user(name)
        if user is None:
            raise KeyError(name)
        return user

    def expire_tokens(self) -> None:
        """Make every token issued so far expire, `token` included; new ones can be issued."""
        self._authenticator.expire_tokens()

    def fault(
        self,
        call: str,
        *,
        status: int | None = None,
        code: str | None = None,
        field: str | None = None,
        expired_token: bool = False,
        delay: float | None = None,
        retry_after: int | str | None = None,
        times: int = 1,
        disconnect: bool = False,
        truncated: bool = False,
        media_type: str | None = None,
        body: bytes | str | None = None,
        stale: bool = False,
        polls: int | None = None,
        documented_keys: bool = False,
    ) -> None:
        """Inject a fault into the next requests of a call.

        Args:
            call: `tokens`, `projects`, `instances`, `envs`, `api_groups`, `apis`, `export`, `async_export`,
                `async_task`, or `*` for any of them.
            status: answer with this status, of 200 to 599, and its documented error body.
            code: answer with this error code, such as `APIG.9008`.
            field: the field that the error with this code is about; a request without it is answered normally, as by a
                cloud that does not support the field.
            expired_token: answer that the token has expired.
            delay: wait this many seconds before the answer.
            retry_after: send this in the header Retry-After.
            times: number of requests to apply the fault to.
            disconnect: close the connection without an answer.
            truncated: close the connection in the middle of the body.
            media_type: send this Content-Type.
            body: send this body, with status 200 unless `status` says otherwise.
            stale: send an export with yesterday's version, as a stale cache would.
            polls: number of polls before the task that `async_export` starts is finished; 2 by default.
            documented_keys: the task answers with `file_type` and `content`, the keys of the documentation's table of
                fields, in place of `FileName` and `Comment`, those of its example.

        Raises:
            ValueError: the call or the code is unknown, or an argument has a value that no answer can have.
        """
        from apig_nb.sandbox.faults import Fault  # needs Starlette, which is optional

        sent = body.encode() if isinstance(body, str) else body
        fault = Fault(
            status=status,
            code=code,
            field=field,
            expired_token=expired_token,
            delay=delay,
            retry_after=retry_after,
            disconnect=disconnect,
            truncated=truncated,
            media_type=media_type,
            body=sent,
            stale=stale,
            polls=polls,
            documented_keys=documented_keys,
        )
        self._faults.add(call, fault, times)

    def stop(self) -> None:
        """Stop serving and free the port; a second call does nothing."""
        self._server.stop()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Sandbox is a running server, so it is neither pickled nor copied: pass its url and token")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self.url}>"
