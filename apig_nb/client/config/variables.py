"""Environment variables of OpenStack (`OS_*`), of the cloud's SDK (`HUAWEICLOUD_SDK_*`) and of Terraform (`HW_*`).

Sources: https://docs.openstack.org/python-openstackclient/latest/cli/man/openstack.html,
https://github.com/huaweicloud/huaweicloud-sdk-python-v3,
https://registry.terraform.io/providers/huaweicloud/huaweicloud/latest/docs
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from apig_nb.client.config.source import Source, Value, read_settings

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
"""Variables for all programs: of OpenSSL, of the library `requests`, of curl."""


def families() -> list[Source]:
    """Read the variables, one source for each family; an empty one counts as not set."""
    return [Source(_set(family)) for family in FAMILIES]


def of_machine() -> Source:
    """Read the variables for all programs, which complete settings from any source."""
    return Source(_set(_OF_MACHINE))


def endpoint_of(service: str, region: str) -> Value | None:
    """Read the address of a service in a region from a variable of the SDK; None where it is not set."""
    name = f"HUAWEICLOUD_SDK_REGION_{service}_{region}".upper().replace("-", "_")
    first = os.environ.get(name, "").partition(",")[0].strip()
    return Value(first, f"variable {name}") if first else None


def _set(family: Mapping[str, tuple[str, ...]]) -> dict[str, Value]:
    return read_settings(family, os.environ, lambda name: f"variable {name}")
