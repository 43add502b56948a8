"""What is said of a setting or an option whose value is of the wrong kind, or out of range."""

from collections.abc import Mapping
from typing import Any

_KINDS = {"int": "must be a whole number", "float": "must be a number"}
_LIMITS = {"ge": "must be at least", "gt": "must be more than", "le": "must be at most"}


def wanted(problem: Mapping[str, Any]) -> str | None:
    """Return what a number must be, or None if the problem is another one.

    Args:
        problem: one of pydantic's errors, as ``ValidationError.errors`` returns them.
    """
    kind, _, _ = problem["type"].partition("_")
    limits = problem.get("ctx", {})
    if kind in _KINDS:
        return _KINDS[kind]
    for name, words in _LIMITS.items():
        if name in limits:
            limit = limits[name]
            return f"{words} {limit:g}" if isinstance(limit, float) else f"{words} {limit}"
    return None


def told(problem: Mapping[str, Any]) -> str:
    """Return the problem in a line without its value, which may be secret.

    It begins with a small letter, unless with the name of a variable.
    """
    said = wanted(problem) or str(problem["msg"]).removeprefix("Value error, ")
    return said if said[:2].isupper() else said[:1].lower() + said[1:]
