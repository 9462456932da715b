"""Export, inspect and compare the APIs of a Huawei Cloud API Gateway (APIG).

Example:
    >>> import apig_nb as apig
    >>> client = apig.connect("sandbox")
    >>> export = client.export(group="orders", env="RELEASE", define="all")
    >>> len(export.operations)
    19
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from apig_nb.audit import audit as audit
from apig_nb.compare import compare as compare
from apig_nb.errors import AnswerTooLargeError as AnswerTooLargeError
from apig_nb.errors import ApigError as ApigError
from apig_nb.errors import ArgumentError as ArgumentError
from apig_nb.errors import CredentialsError as CredentialsError
from apig_nb.errors import DocumentError as DocumentError
from apig_nb.errors import ExportCancelledError as ExportCancelledError
from apig_nb.errors import FieldError as FieldError
from apig_nb.errors import MissingExtraError as MissingExtraError
from apig_nb.errors import NameLookupError as NameLookupError
from apig_nb.errors import NoConnectionInTimeError as NoConnectionInTimeError
from apig_nb.errors import ServiceError as ServiceError
from apig_nb.errors import TransportError as TransportError
from apig_nb.errors import TransportTimeout as TransportTimeout
from apig_nb.export import Export as Export
from apig_nb.export import load as load

if TYPE_CHECKING:
    from apig_nb import sandbox as sandbox
    from apig_nb.archive import Archive as Archive
    from apig_nb.audit.result import Audit as Audit
    from apig_nb.audit.rules import audit_rules as audit_rules
    from apig_nb.client.client import Client as Client
    from apig_nb.client.client import connect as connect
    from apig_nb.client.transport.retry import Limits as Limits
    from apig_nb.compare.comparison import Comparison as Comparison
    from apig_nb.compare.matrix import matrix as matrix
    from apig_nb.compare.rules import rules as rules
    from apig_nb.compare.set_comparison import SetComparison as SetComparison
    from apig_nb.export_set import ExportKey as ExportKey
    from apig_nb.export_set import ExportSet as ExportSet
    from apig_nb.export_set import load_many as load_many
    from apig_nb.request import ExportRequest as ExportRequest
    from apig_nb.widgets import AuditView as AuditView
    from apig_nb.widgets import ComparisonView as ComparisonView
    from apig_nb.widgets import Explorer as Explorer
    from apig_nb.widgets import ExportForm as ExportForm
    from apig_nb.widgets import Workbench as Workbench

    __version__: str

__all__ = [
    "AnswerTooLargeError",
    "ApigError",
    "Archive",
    "ArgumentError",
    "Audit",
    "AuditView",
    "Client",
    "Comparison",
    "ComparisonView",
    "CredentialsError",
    "DocumentError",
    "Explorer",
    "Export",
    "ExportCancelledError",
    "ExportForm",
    "ExportKey",
    "ExportRequest",
    "ExportSet",
    "FieldError",
    "Limits",
    "MissingExtraError",
    "NameLookupError",
    "NoConnectionInTimeError",
    "ServiceError",
    "SetComparison",
    "TransportError",
    "TransportTimeout",
    "Workbench",
    "audit",
    "audit_rules",
    "compare",
    "connect",
    "load",
    "load_many",
    "matrix",
    "rules",
]


_LAZY: Final = {
    "Archive": "archive",
    "Audit": "audit.result",
    "Client": "client.client",
    "Comparison": "compare.comparison",
    "ExportKey": "export_set",
    "ExportRequest": "request",
    "ExportSet": "export_set",
    "Limits": "client.transport.retry",
    "SetComparison": "compare.set_comparison",
    "audit_rules": "audit.rules",
    "connect": "client.client",
    "load_many": "export_set",
    "matrix": "compare.matrix",
    "rules": "compare.rules",
    **dict.fromkeys(("AuditView", "ComparisonView", "Explorer", "ExportForm", "Workbench"), "widgets"),
}
"""Public name → its module, which is imported when the name is first used, so that `import apig_nb` stays light."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(_import(_LAZY[name], name), name)
    if name == "sandbox":
        return import_module("apig_nb.sandbox")
    if name == "__version__":
        # Late: it takes 20 ms, and the version is rarely asked for.
        from importlib.metadata import version

        return version("apig_nb")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the names for completion."""
    return [*__all__, "__version__", "sandbox"]


def _import(module: str, wanted: str) -> ModuleType:
    """Import a module; raise an error with advice where the optional dependencies of the widgets are missing."""
    try:
        return import_module(f"apig_nb.{module}")
    except ModuleNotFoundError as error:
        if module != "widgets" or error.name is None or error.name.startswith("apig_nb"):
            raise
        raise MissingExtraError(wanted, "lab") from error
