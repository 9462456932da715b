"""Environment variables: three families of them (contract/auth, "Environment variables")."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from apig_nb.client.config.source import Source, Value, read

OPENSTACK: Final[Mapping[str, tuple[str, ...]]] = {
    "token": ("OS_TOKEN", "OS_AUTH_TOKEN"),
    "access_key": ("OS_ACCESS_KEY",),
    "secret_key": ("OS_SECRET_KEY",),
    "username": ("OS_USERNAME",),
    "user_id": ("OS_USER_ID",),
    "password": ("OS_PASSWORD",),
    "passcode": ("OS_PASSCODE",),
    "domain_name": ("OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME", "OS_DOMAIN_NAME"),
    "project_id": ("OS_PROJECT_ID",),
    "project_name": ("OS_PROJECT_NAME", "OS_TENANT_NAME"),
    "iam_endpoint": ("OS_AUTH_URL",),
    "region": ("OS_REGION_NAME", "OS_REGION"),
    "cacert": ("OS_CACERT",),
    "insecure": ("OS_INSECURE",),
}
SDK: Final[Mapping[str, tuple[str, ...]]] = {
    "access_key": ("HUAWEICLOUD_SDK_AK",),
    "secret_key": ("HUAWEICLOUD_SDK_SK",),
    "security_token": ("HUAWEICLOUD_SDK_SECURITY_TOKEN",),
    "project_id": ("HUAWEICLOUD_SDK_PROJECT_ID",),
    "iam_endpoint": ("HUAWEICLOUD_SDK_IAM_ENDPOINT",),
    "idp_id": ("HUAWEICLOUD_SDK_IDP_ID",),
    "id_token_file": ("HUAWEICLOUD_SDK_ID_TOKEN_FILE",),
}
TERRAFORM: Final[Mapping[str, tuple[str, ...]]] = {
    "access_key": ("HW_ACCESS_KEY",),
    "secret_key": ("HW_SECRET_KEY",),
    "security_token": ("HW_SECURITY_TOKEN",),
    "domain_name": ("HW_DOMAIN_NAME",),
    "project_name": ("HW_PROJECT_NAME",),
    "iam_endpoint": ("HW_AUTH_URL",),
    "region": ("HW_REGION_NAME",),
    "cloud": ("HW_CLOUD",),
    "agency_name": ("HW_ASSUME_ROLE_AGENCY_NAME",),
    "agency_domain_name": ("HW_ASSUME_ROLE_DOMAIN_NAME",),
    "insecure": ("HW_INSECURE",),
    "shared_config_file": ("HW_SHARED_CONFIG_FILE",),
    "profile": ("HW_PROFILE",),
}
FAMILIES: Final = (OPENSTACK, SDK, TERRAFORM)

_OF_MACHINE: Final[Mapping[str, tuple[str, ...]]] = {
    "cacert": ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
}
"""What every tool on a machine is told: Python's own, those on the library `requests` such as the SDK, and curl."""


def families() -> list[Source]:
    """The variables that are set, family by family; an empty one counts as not set."""
    return [Source(_set(family)) for family in FAMILIES]


def of_machine() -> Source:
    """What is told to every tool on this machine; it completes what comes from anywhere."""
    return Source(_set(_OF_MACHINE))


def endpoint_of(service: str, region: str) -> Value | None:
    """The address of a service that a variable of the SDK names for a region."""
    name = f"HUAWEICLOUD_SDK_REGION_{service}_{region}".upper().replace("-", "_")
    first = os.environ.get(name, "").partition(",")[0].strip()
    return Value(first, f"variable {name}") if first else None


def _set(family: Mapping[str, tuple[str, ...]]) -> dict[str, Value]:
    return read(family, os.environ, lambda name: f"variable {name}")
