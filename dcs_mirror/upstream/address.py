"""The version in the base address of the DCS: without one, or with another, other methods answer."""

import re

from yarl import URL

VERSION = "v3"
"""The version of the DCS API that is read here."""

_METHOD = r"/(?:Get|Submit|Amend)[a-z]+"
# What follows a version may be a path of its own, as a gateway's: only a method or parameters are too much.
_VERSIONED = re.compile(rf"(?P<base>.*?)/v(?P<version>\d+)(?P<rest>(?:;[^/]*)?(?:{_METHOD})?)", re.IGNORECASE)
_METHOD_AT_END = re.compile(f"{_METHOD}$", re.IGNORECASE)


def wrong_version(base: str) -> str | None:
    """Say what is wrong with the version in a base address, and which address is right; None if it is right.

    Args:
        base: ``DCS_API_URL``, without a slash at its end.
    """
    url = URL(base, encoded=True)
    found = _VERSIONED.fullmatch(url.raw_path)
    base_path = found["base"] if found else _METHOD_AT_END.sub("", url.raw_path).rstrip("/")
    right = url.with_path(f"{base_path}/{VERSION}", encoded=True)
    if found is None:
        return f"DCS_API_URL names no version, so that version 1 of the API answers; set DCS_API_URL={right}"
    if int(found["version"]) == 3:
        return f"DCS_API_URL goes on after the version; set DCS_API_URL={right}" if found["rest"] else None
    return f"DCS_API_URL names version {int(found['version'])} of the API; set DCS_API_URL={right}"


def remark_on_version(url: URL) -> str:
    """A remark for a message if the base of the address of a call has a wrong version; else nothing."""
    base = str(url).partition("?")[0].rpartition("/")[0]
    wrong = wrong_version(base)
    return f" {wrong[0].upper()}{wrong[1:]}" if wrong else ""
