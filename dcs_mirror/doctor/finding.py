"""The result of one check."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The result of a check; ``UNCHECKED`` if an earlier problem prevented it."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: what a check found, in one line without secrets, and what to do about it."""

    check: str
    level: Level
    found: str
    todo: str | None = None


def ok(check: str, found: str) -> Finding:
    """A finding of level ok."""
    return Finding(check, Level.OK, found)


def warning(check: str, found: str, todo: str) -> Finding:
    """A finding that works, but that the operator should know."""
    return Finding(check, Level.WARNING, found, todo)


def problem(check: str, found: str, todo: str) -> Finding:
    """A finding that does not work, or will not."""
    return Finding(check, Level.PROBLEM, found, todo)


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level of the findings: problem, warning or ok. ``UNCHECKED`` does not count."""
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.PROBLEM, Level.WARNING) if level in levels), Level.OK)


def with_unchecked(findings: list[Finding], checks: Iterable[str], because: str) -> list[Finding]:
    """Add an ``UNCHECKED`` finding with the reason ``because`` for each of ``checks`` that has none."""
    done = {finding.check for finding in findings}
    return findings + [Finding(check, Level.UNCHECKED, because) for check in checks if check not in done]
