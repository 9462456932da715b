"""Words in names, and texts that look like credentials or personal data."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")

_SECRET_WORDS: Final = frozenset(
    "password passwd passphrase pwd secret credential credentials token apikey appkey jwt bearer authorization"  # noqa: SIM905
    " signature sign sig appcode".split()
)
_KEY_OF: Final = frozenset("api app access secret private auth account encryption signing master".split())  # noqa: SIM905
_HARMLESS_TOKEN: Final = frozenset("page next continuation cursor sync start resume previous prev".split())  # noqa: SIM905
_ABOUT: Final = frozenset("id name type kind algorithm method version format expiry expires ttl length count".split())  # noqa: SIM905
"""Last words of names for something about a secret, such as `access_key_id`."""
_SECRET_SIGNS: Final = ("令牌", "密码", "口令", "密钥", "签名")
"""Chinese for token, password (two words), key and signature; words are not separated."""


def words(name: str) -> list[str]:
    """Split a name into its words in lower case: `X-UserId` into x, user, id."""
    return [word.lower() for word in _WORD.findall(name)]


def path_words(path: str) -> Iterator[str]:
    """Yield the words of the literal segments of a path, and each segment as one word: `/sign-in` has `signin`, too."""
    for segment in path.split("/"):
        if segment and not segment.startswith("{"):
            found = words(segment)
            yield from found
            if len(found) > 1:
                yield "".join(found)


def first_of(found: Collection[str] | Iterator[str], known: Collection[str]) -> str | None:
    """Return the first word that is known, in the plural too."""
    return next((word for word in found if word in known or word.removesuffix("s") in known), None)


def names_secret(name: str) -> bool:
    """Return True if a name is one of a credential: a token, password, key or signature."""
    if any(sign in name for sign in _SECRET_SIGNS):
        return True
    found = words(name)
    if found[-1:] and found[-1] in _ABOUT:
        return False
    for before, word in zip(["", *found], found, strict=False):
        if word == "key" and (before in _KEY_OF or len([one for one in found if one != "x"]) == 1):
            return True
        if word in _SECRET_WORDS and not (word == "token" and before in _HARMLESS_TOKEN):
            return True
    return False


_EXAMPLE_MAIL: Final = re.compile(r"@(?:[\w-]+\.)*example(?:\.(?:com|org|net))?$", re.IGNORECASE)
# Each can begin at the start of a word only, so that a long text takes linear time.
_CREDENTIALS: Final = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----"),
    "a signed token": re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "a bearer or basic credential": re.compile(r"\b(?:Bearer|Basic) +[A-Za-z0-9+/._~-]{12,}={0,2}", re.IGNORECASE),
    "an access key": re.compile(r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|sk[_-]\w{20,}|xox[abp]-[\w-]{10,})"),
    "a random key": re.compile(
        r"(?<![\w+/=-])(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])(?=[A-Za-z]*\d)[A-Za-z0-9]{32,}={0,2}(?![\w+/=-])"
    ),
}
_PERSONAL: Final = {
    "an e-mail address": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9}"),
    "a phone number": re.compile(r"(?<![\w.+-])(?:\+\d[\d ()/-]{7,20}\d|0\d{2,4}[ /-]\d{5,9}|1[3-9]\d{9})(?![\w-])"),
    "an account number": re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)"),
    "an id number": re.compile(
        r"(?<!\w)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\w)"
        r"|(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"
    ),
}
"""Kind of personal data → its form; numbers of persons are those of China (GB 11643) and of the USA."""

_FIELD: Final = re.compile(r"(?<![\w-])([\w-]{1,64})[\"']?\s*[:=]\s*[\"']([^\"'\s]{6,})[\"']")
_PLACEHOLDER: Final = re.compile(r"\$|#\w+#|<|\{|\*{3,}|x{4,}|\.{3}|example|string|your|placeholder", re.IGNORECASE)


def secret_kind(value: str) -> str | None:
    """Return the kind of credential that a value looks like, such as `an access key`."""
    return next((kind for kind, form in _CREDENTIALS.items() if form.search(value)), None)


def sensitive_kinds(text: str) -> list[str]:
    """Return the kinds of credentials and personal data that a sample holds; made-up values do not count."""
    found = [kind for kind, form in {**_CREDENTIALS, **_PERSONAL}.items() if any(map(_is_real, form.findall(text)))]
    # A field `key` often has a name.
    if any(
        names_secret(name) and name != "key" and not _PLACEHOLDER.search(value) for name, value in _FIELD.findall(text)
    ):
        found.append("the value of a secret field")
    return found


def _is_real(value: str) -> bool:
    return not _EXAMPLE_MAIL.search(value)
