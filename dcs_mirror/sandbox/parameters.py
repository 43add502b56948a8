"""The parameters of a call, and refusals of invalid ones. No I/O."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from dcs_mirror.sandbox.model import Institution, World

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
Parameters = Mapping[str, str]


class Failure(Exception):
    """A refusal, sent in the envelope: the status code (W3) and the message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def parameters_of(query: str) -> Parameters:
    """The parameters of a raw query string by their lower-case names; the first of a repeated one counts."""
    pairs = reversed(parse_qsl(query, keep_blank_values=True))
    return {name.lower(): value for name, value in pairs}


def integer(name: str, value: str) -> int:
    """Read an integer parameter.

    Raises:
        Failure: with code 6, if it is not one.
    """
    if _INTEGER.fullmatch(value) is None:
        raise Failure(6, f"Invalid Parameter: {name}")
    return int(value)


def subscribed(world: World, parameters: Parameters) -> Institution:
    """The subscribed institution that a call names in `hei`.

    Raises:
        Failure: with code 1, 5 or 6, if there is none.
    """
    institution = world.institutions.get(integer("hei", parameters.get("hei", "")))
    if institution is None:
        raise Failure(1, "Institution not found")
    if not institution.subscribed:
        raise Failure(5, "User not subscribed to HEI")
    return institution
