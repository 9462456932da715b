"""The exceptions of the library; each message has advice where there is any.

    ApigError
    ├── ArgumentError         an argument is wrong; nothing was sent or written
    │   └── FieldError        a field of an export request is wrong
    ├── CredentialsError      no usable credentials, or an address they must not be sent to
    ├── NameLookupError       a name is not found, or several items have it
    ├── MissingExtraError     an optional dependency is not installed
    ├── TransportError        no whole answer: connection, TLS, a truncated answer
    │   ├── TransportTimeout  no whole answer in time
    │   │   └── NoConnectionInTimeError   no connection in time: the call was not received
    │   └── AnswerTooLargeError   more bytes than `Limits.max_bytes`
    ├── ExportCancelledError  the wait for an asynchronous export was cancelled
    ├── ServiceError          the service answered with an error
    └── DocumentError         the content is not an API document

Catch `ApigError` for all of them. No message holds a secret.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from apig_nb.text import shorten


class ApigError(Exception):
    """The base class of the exceptions of this library; pickles, and so reaches another process."""

    def __reduce__(self) -> tuple[Any, ...]:
        # By default the class would be called with the message, which is not what the subclasses take.
        return _restored, (type(self), self.args, {name: _portable(value) for name, value in vars(self).items()})

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in place of a traceback, which would be one of this library's inside."""
        return [f"{type(self).__name__}: {self}", *getattr(self, "__notes__", ())]


def _restored(cls: type[ApigError], args: tuple[Any, ...], attributes: Mapping[str, Any]) -> ApigError:
    error = cls.__new__(cls, *args)
    # The initializer of the class that follows `ApigError`, such as `OSError`.
    super(ApigError, error).__init__(*args)
    vars(error).update(attributes)
    return error


def _portable(value: object) -> object:
    """Return a value, or its repr where it cannot be pickled, such as a function given as an argument."""
    try:
        pickle.dumps(value)
    except Exception:  # noqa: BLE001 - a class can raise anything when it is pickled
        return _short(value)
    return value


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
    """A name is not found, or several items have it.

    Attributes:
        kind: the kind of item, such as `API group`.
        name: the name that was given; `None` where none was.
        candidates: similar names, with ids where several items have the same name.
    """

    def __init__(self, kind: str, name: str | None, problem: str, candidates: Sequence[str] = ()) -> None:
        self.kind, self.name, self.candidates = kind, name, tuple(candidates)
        which = kind if name is None else f"{kind} {_short(name)}"
        near = f"; candidates: {', '.join(self.candidates)}" if self.candidates else ""
        super().__init__(f"{which} {problem}{near}")


class MissingExtraError(ApigError, ImportError):
    """An optional dependency is not installed; the message has the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs packages that are not installed: pip install 'apig_nb[{extra}]'")


class TransportError(ApigError):
    """There was no whole answer: no connection, a TLS failure, or a truncated answer. The cause is chained."""


class TransportTimeout(TransportError, TimeoutError):  # noqa: N818 - named like the time-outs of httpx
    """There was no whole answer in time. The cause is chained."""


class NoConnectionInTimeError(TransportTimeout):
    """There was no connection in time; the call was not received, so its size is not the reason."""


class AnswerTooLargeError(TransportError):
    """The answer has more bytes than `Limits.max_bytes` allows; it was not read to its end."""

    def __init__(self, host: str, limit: int) -> None:
        super().__init__(
            f"the answer of {host} is larger than {limit:,} bytes, which is the most that is read;"
            " connect with limits=Limits(max_bytes=...), or export fewer APIs at once"
        )


class ExportCancelledError(ApigError):
    """The wait for an asynchronous export was cancelled; the service may still finish it."""


class ServiceError(ApigError):
    """The service answered with an error.

    Attributes:
        status_code: HTTP status, such as 404.
        error_code: the code of the service, such as `APIG.3001`; the status as text where there is none.
        error_msg: the text of the service, secrets masked.
        request_id: the request id, for the provider's support; empty where there is none.
        hint: advice; empty where there is none.
        retry_after: the value of `Retry-After`, in seconds or as a date; empty where there is none.
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
        text = error_msg.rstrip(" .")
        advice = f". {hint}" if hint else ""
        request = f" (request {request_id})" if request_id else ""
        code = "" if error_code == str(status_code) else f" {error_code}"
        super().__init__(f"{status_code}{code}: {text}{advice}{request}")


class DocumentError(ApigError, ValueError):
    """The content is not an API document, or cannot be read as one; the message names what it is instead."""


def chained(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it holds: causes, what was handled when it was raised, the members of a group."""
    waiting: list[BaseException | None] = [error]
    seen = set()  # an error can be its own cause
    while waiting:
        one = waiting.pop(0)
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [
                one.__cause__,
                one.__context__,
                *(one.exceptions if isinstance(one, BaseExceptionGroup) else ()),
            ]


def clear_variables(error: BaseException) -> None:
    """Clear the local variables of the functions that an error has ended, which a traceback may show.

    For errors that can come from anywhere, such as a `RecursionError`, or one that the user raises after some time.
    """
    for one in chained(error):
        traceback.clear_frames(one.__traceback__)


def _short(value: object, limit: int = 80) -> str:
    return shorten(repr(value), limit)
