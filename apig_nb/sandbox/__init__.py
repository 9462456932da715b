"""The stand-in gateway: a real HTTP server on loopback that answers the documented IAM and API Gateway calls.

    with sandbox.start() as gateway:
        httpx.get(f"{gateway.url}/v2/{gateway.project_id}/apigw/instances", headers={"X-Auth-Token": gateway.token})

Its content is a folder of YAML files (`content/README.md` describes them); without one it serves the demo content.
It knows nothing of the rest of the kit, so that it can disagree with it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from apig_nb.errors import MissingExtraError
from apig_nb.sandbox.reading import SandboxContentError

if TYPE_CHECKING:
    from apig_nb.sandbox.model import Content, User

__all__ = ["Sandbox", "SandboxContentError", "start"]


def start(content: str | os.PathLike[str] | None = None, port: int = 0) -> Sandbox:
    """Start a sandbox on 127.0.0.1.

    Args:
        content: a content folder; the demo content when left out.
        port: the port to serve on; a free one when 0.

    Raises:
        SandboxContentError: the folder cannot be served; the message names the file and what is wrong in it.
        MissingExtraError: the server's packages are not installed.
    """
    from apig_nb.sandbox.loading import DEMO, load

    return Sandbox(load(DEMO if content is None else Path(content)), port)


class Sandbox:
    """A running stand-in gateway; as a context manager it stops at the end of the block.

    Attributes:
        url: the address of IAM and API Gateway both.
        project_id: the project of the region.
        instance_id: the first gateway of that project.
        token: a token of the first user for that project, another one at each start.
        access_key: an access key of the first user, another one at each start.
        secret_key: the key's secret.
    """

    def __init__(self, content: Content, port: int = 0) -> None:
        try:
            from apig_nb.sandbox.app import build_app
            from apig_nb.sandbox.server import LoopbackServer
        except ModuleNotFoundError as error:
            raise MissingExtraError("the sandbox", "sandbox") from error
        from apig_nb.sandbox.auth import Authenticator
        from apig_nb.sandbox.faults import Faults

        self._content = content
        self._authenticator = Authenticator(content)
        self._faults = Faults()
        self.project_id = content.main_project.id
        self.instance_id = next(one.id for one in content.gateways if one.project_id == self.project_id)
        self.token = self.token_for(content.users[0].name)
        self.access_key = secrets.token_hex(10).upper()
        self.secret_key = secrets.token_urlsafe(30)
        self._authenticator.add_key(self.access_key, self.secret_key, content.users[0])
        self._server = LoopbackServer(build_app(content, self._authenticator, self._faults), port)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def token_for(self, user_name: str) -> str:
        """Return a fresh token of a user for the project of the region.

        Raises:
            KeyError: the content has no such user.
        """
        from apig_nb.sandbox.auth import SHORT_TOKEN_BYTES

        return self._authenticator.issue_token(self._user(user_name), self.project_id, SHORT_TOKEN_BYTES).text

    def login_of(self, user_name: str) -> dict[str, str]:
        """Return what a user logs in with: username, user_id, password, domain_name, and passcode where it is wanted.

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
        """Return a fresh temporary key of a user, good for an hour: access_key, secret_key, security_token.

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
        """End every token issued so far, the ready one as well; new ones can be had."""
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
        cut: bool = False,
        truncated: bool = False,
        media_type: str | None = None,
        body: bytes | str | None = None,
        stale: bool = False,
        looks: int | None = None,
        described: bool = False,
    ) -> None:
        """Let the next requests of a call misbehave.

        Args:
            call: `tokens`, `projects`, `instances`, `envs`, `api_groups`, `apis`, `export`, `async_export`,
                `async_task`, or `*` for any of them.
            status: answer with this status and its documented error body.
            code: answer with this error code, such as `APIG.9008`.
            field: the field that the error with this code complains of; a request without it is answered as usual, so
                that a cloud which lacks the field can be played.
            expired_token: answer that the token has ended.
            delay: wait this many seconds before the answer.
            retry_after: send this in the header Retry-After.
            times: how many requests misbehave.
            cut: drop the connection with no answer.
            truncated: drop the connection in the middle of the body.
            media_type: send this Content-Type.
            body: send this body, with status 200 unless `status` says otherwise.
            stale: send yesterday's export.
            looks: let the task that `async_export` starts be under way for so many looks, in place of two.
            described: let that task answer with `file_type` and `content`, in place of `FileName` and `Comment`.
        """
        from apig_nb.sandbox.faults import Fault

        sent = body.encode() if isinstance(body, str) else body
        fault = Fault(
            status=status,
            code=code,
            field=field,
            expired_token=expired_token,
            delay=delay,
            retry_after=retry_after,
            cut=cut,
            truncated=truncated,
            media_type=media_type,
            body=sent,
            stale=stale,
            looks=looks,
            described=described,
        )
        self._faults.add(call, fault, times)

    def stop(self) -> None:
        """Stop serving and free the port; a second call does nothing."""
        self._server.stop()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox {self.url}>"
