"""The forms that gateways of different years write a document in; each gateway of a content folder has one.

Sources: the exports on
https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0122.html (2025) and of 2019, and the samples of
https://github.com/opentelekomcloud-docs/api-gateway/blob/main/umn/source/api_management/importing_and_exorting_apis/importing_apis.rst
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Year = Literal[2019, 2024, 2025]

_TEXT_LIMITS: Final = ("maxLength", "minLength")
_NUMBER_LIMITS: Final = ("maximum", "minimum")


@dataclass(frozen=True)
class Dialect:
    """The form of the documents of a gateway.

    Attributes:
        text_limits: limits of a text that are written as 0 where they are not set, in Swagger 2.0.
        number_limits: the same of a number.
        text_limits_3: the same of a text in OpenAPI 3.0.
        number_limits_3: the same of a number in OpenAPI 3.0.
        text_defaults: the default of a number is written as text.
        patterns: patterns of parameters are written.
        base64: `x-apigateway-is-send-fg-body-base64` is written.
        cors_responses: in OpenAPI 3.0, an operation with CORS has the response `default-cors` in place of `default`.
        function_parameters: FUNCTION backends have parameters.
        greedy_backend_paths: the path of a backend may have a placeholder such as `{proxy+}`.
        condition_words: words of conditions that differ from those of the manual.
    """

    text_limits: tuple[str, ...] = _TEXT_LIMITS
    number_limits: tuple[str, ...] = _NUMBER_LIMITS
    text_limits_3: tuple[str, ...] = _TEXT_LIMITS
    number_limits_3: tuple[str, ...] = _NUMBER_LIMITS
    text_defaults: bool = False
    patterns: bool = False
    base64: bool = False
    cors_responses: bool = False
    function_parameters: bool = False
    greedy_backend_paths: bool = False
    condition_words: Mapping[str, str] = field(default_factory=dict)


_ALL: Final = (*_TEXT_LIMITS, *_NUMBER_LIMITS)
_SAMPLES: Final = ("maxLength", *_NUMBER_LIMITS)

DIALECTS: Final[Mapping[Year, Dialect]] = {
    2019: Dialect((), (), (), (), text_defaults=True, condition_words={"request": "param", "equal": "exact"}),
    2024: Dialect(patterns=True, base64=True, greedy_backend_paths=True),
    2025: Dialect(_ALL, _ALL, _SAMPLES, _SAMPLES, cors_responses=True, function_parameters=True),
}
"""The dialects by the year of the samples; 2025 is the one of a gateway without the key `dialect`."""
