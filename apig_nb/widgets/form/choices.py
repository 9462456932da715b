"""The fields that need no gateway to choose from: scope, standard, format and version; and how the call is made."""

from __future__ import annotations

from typing import Final

from apig_nb.client.export_call import MODES
from apig_nb.request import ALLOWED, DEFAULTS, SCOPES
from apig_nb.widgets.fields import ChoiceField, FormField, TextField

_WORDS: Final = {
    **{name: f"{scope.label} ({name})" for name, scope in SCOPES.items()},
    "2.0": "Swagger 2.0",
    "3.0": "OpenAPI 3.0",
    "json": "JSON",
    "yaml": "YAML",
    "yml": "YAML, named .yml",
}
_MODE_WORDS: Final = {
    "direct": "at once (direct)",
    "async": "as a task (async)",
    "auto": "at once, else as a task (auto)",
}


def choices() -> dict[str, FormField]:
    """The fields by the wire name of what they choose."""
    return {
        "define": _choice("Scope", "what a definition holds", "define"),
        "oas_version": _choice("Standard", "version of the standard", "oas_version"),
        "type": _choice("Format", "how the document is written", "type"),
        "version": TextField("Version", "written to info.version; default: the time of the export", "now"),
    }


def mode_choice() -> ChoiceField:
    """How the call is made, which is no field of the request."""
    help_text = "auto: a task where refused for size or time; default: at once"
    return ChoiceField("Call", help_text, [(_MODE_WORDS[mode], mode) for mode in MODES])


def _choice(label: str, help_text: str, name: str) -> ChoiceField:
    options = [(_WORDS[value], value) for value in ALLOWED[name]]
    return ChoiceField(label, f"{help_text}; default: {_WORDS[DEFAULTS[name]]}", options)
