"""Every exception a user can meet, each with what to do next.

    ApigError
    ├── ArgumentError         an argument is wrong; nothing was sent or written
    │   └── FieldError        a field of an export request is wrong
    ├── CredentialsError      no usable credentials, or an address they must not be sent to
    ├── NameLookupError       a name fits nothing, or several things
    ├── MissingExtraError     an optional part of the kit is not installed
    ├── TransportError        no answer: connection, TLS, a cut answer
    │   ├── TransportTimeout  no answer in time
    │   │   └── NoConnectionInTimeError   not even a connection: the call was not heard
    │   └── AnswerTooLargeError   more bytes than `Limits.max_bytes`
    ├── ExportCancelledError  the wait for an asynchronous export was given up on request
    ├── ServiceError          the service answered with an error
    └── DocumentError         what came is no API document

Catch `ApigError` for all of them. No message holds a secret.
"""

from __future__ import annotations

from collections.abc import Sequence

from apig_nb.text import shorten


class ApigError(Exception):
    """The root of every error this library raises on purpose."""


class ArgumentError(ApigError, ValueError):
    """An argument of a function is wrong; nothing was sent or written.

    Attributes:
        argument: the name of the argument.
        value: the value given.
        allowed: the values that are allowed; empty where they cannot be listed.
    """

    def __init__(self, argument: str, value: object, problem: str, allowed: Sequence[str] = ()) -> None:
        self.argument, self.value, self.allowed = argument, value, tuple(allowed)
        choice = f"; allowed: {', '.join(self.allowed)}" if self.allowed else ""
        got = "" if value is None else f", got {_short(value)}"
        super().__init__(f"{argument}: {problem}{got}{choice}")


class FieldError(ArgumentError):
    """A field of an export request is wrong; nothing was sent. `argument` is the field's wire name."""


class CredentialsError(ApigError):
    """There are no usable credentials, or they must not be sent to the given address."""


class NameLookupError(ApigError, LookupError):
    """A name fits nothing, or several things.

    Attributes:
        kind: what was looked for, such as `API group`.
        name: what was given; `None` where nothing was.
        candidates: names (with ids where names repeat) that come near.
    """

    def __init__(self, kind: str, name: str | None, problem: str, candidates: Sequence[str] = ()) -> None:
        self.kind, self.name, self.candidates = kind, name, tuple(candidates)
        which = kind if name is None else f"{kind} {_short(name)}"
        near = f"; candidates: {', '.join(self.candidates)}" if self.candidates else ""
        super().__init__(f"{which} {problem}{near}")


class MissingExtraError(ApigError, ImportError):
    """An optional part of the kit is not installed; the message holds the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed: pip install 'apig_nb[{extra}]'")


class TransportError(ApigError):
    """No answer came: no connection, a TLS failure, or an answer cut short. The cause is chained."""


class TransportTimeout(TransportError, TimeoutError):  # noqa: N818 - reads as what happened, like httpx's own
    """No answer came in time. The cause is chained."""


class NoConnectionInTimeError(TransportTimeout):
    """No connection came about in time: the call was not heard, so how much it asks for is not the reason."""


class AnswerTooLargeError(TransportError):
    """The answer has more bytes than `Limits.max_bytes` allows; it was not read to its end."""

    def __init__(self, host: str, limit: int) -> None:
        super().__init__(
            f"the answer of {host} is larger than {limit:,} bytes, which is the most that is read;"
            " connect with limits=Limits(max_bytes=...), or export fewer APIs at once"
        )


class ExportCancelledError(ApigError):
    """The wait for an asynchronous export was given up on request; the service may still finish it."""


class ServiceError(ApigError):
    """The service answered with an error.

    Attributes:
        status_code: HTTP status, such as 404.
        error_code: the service's code, such as `APIG.3001`; the status as text where the body had none.
        error_msg: the service's text, secrets masked.
        request_id: the id to quote to the provider's support; empty where none came.
        hint: what to do next; empty where nothing is known (source: contract/errors).
        retry_after: when to come again, in seconds or as a date; empty where it was not said.
    """

    def __init__(
        self,
        status_code: int,
        error_code: str,
        error_msg: str,
        request_id: str = "",
        hint: str = "",
        retry_after: str = "",
    ) -> None:
        self.status_code, self.error_code, self.error_msg = status_code, error_code, error_msg
        self.request_id, self.hint, self.retry_after = request_id, hint, retry_after
        said = error_msg.rstrip(" .")
        todo = f". {hint}" if hint else ""
        quote = f" (request {request_id})" if request_id else ""
        code = "" if error_code == str(status_code) else f" {error_code}"
        super().__init__(f"{status_code}{code}: {said}{todo}{quote}")


class DocumentError(ApigError, ValueError):
    """What came is no API document, or cannot be read as one; the message says what it is instead."""


def _short(value: object, limit: int = 80) -> str:
    return shorten(repr(value), limit)
