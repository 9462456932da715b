"""Addresses of API Gateway, ROMA Connect and IAM by region.

Every address follows one pattern, so the table holds the cloud of each region, and the exceptions.
Sources: https://developer.huaweicloud.com/intl/en-us/endpoint, https://docs.otc.t-systems.com/regions-and-endpoints/
and the region tables of the Python SDK 3.1.219.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from apig_nb.errors import ArgumentError

HUAWEI: Final = "myhuaweicloud.com"
HUAWEI_EU: Final = "myhuaweicloud.eu"
OPEN_TELEKOM: Final = "otc.t-systems.com"

_OF_HUAWEI: Final = """
    ae-ad-1 af-north-1 af-south-1 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 cn-east-2
    cn-east-3 cn-east-4 cn-east-5 cn-north-1 cn-north-11 cn-north-12 cn-north-2 cn-north-4 cn-north-9 cn-south-1
    cn-south-2 cn-south-4 cn-southwest-2 cn-southwest-3 eu-west-0 la-north-2 la-south-2 me-east-1 my-kualalumpur-1
    na-mexico-1 ru-moscow-1 ru-northwest-2 sa-brazil-1 tr-west-1
"""

CLOUDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_OF_HUAWEI.split(), HUAWEI),
    "eu-west-101": HUAWEI_EU,
    "eu-de": OPEN_TELEKOM,
    "eu-nl": OPEN_TELEKOM,
}
"""Region → domain of its cloud."""

WITHOUT_API_GATEWAY: Final = frozenset({"eu-nl"})
"""Regions whose table of endpoints has no API Gateway."""

NOTES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("af-north-1", "ap-southeast-5", "cn-north-11", "cn-south-4", "cn-southwest-3", "ru-northwest-2"),
        "the address of IAM follows the pattern: no table lists it",
    ),
    "eu-west-0": "IAM's address is the SDK's; the region's own page has"
    " https://iam.eu-west-0.prod-cloud-ocb.orange-business.com",
    "eu-west-101": "IAM's address is the SDK's; the page of the EU site has https://iam.myhuaweicloud.eu",
}
"""Region → note on the address of IAM, where the sources leave it out or contradict each other."""

ROMA_NOTE: Final = "by the pattern of the SDK's table for ROMA Connect"
"""The note on an address of ROMA Connect; the SDK (huaweicloudsdkroma 3.1) lists eight regions."""


def of_region(region: str, cloud: str | None = None, service: str = "apig") -> dict[str, str]:
    """Return `endpoint` and `iam_endpoint` of a region.

    Args:
        region: such as `eu-de`; one that is not in the table follows the pattern.
        cloud: the domain of the cloud, such as `otc.t-systems.com`, in place of the one in the table.
        service: `apig` or `roma`.

    Raises:
        ArgumentError: the region has no API Gateway, or its name cannot be part of a host.
    """
    for name, value in {"region": region, "cloud": cloud}.items():
        if value is not None and not _is_host_part(value):
            raise ArgumentError(name, value, "must be letters, digits, dots and hyphens, such as eu-de")
    if cloud is None and service == "apig" and region in WITHOUT_API_GATEWAY:
        raise ArgumentError("region", region, "has no API Gateway by its table of endpoints; if it has, give endpoint=")
    domain = cloud or CLOUDS.get(region, HUAWEI)
    return {"endpoint": f"https://{service}.{region}.{domain}", "iam_endpoint": f"https://iam.{region}.{domain}"}


def _is_host_part(text: str) -> bool:
    return all(part.isalnum() and part.isascii() for part in text.replace("-", ".").split("."))
