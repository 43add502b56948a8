"""What one check found."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check ended; ``UNCHECKED`` where an earlier problem kept it from being made."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a check: what there is, in one line without secrets, and what to do about it."""

    check: str
    level: Level
    found: str
    todo: str | None = None


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, found)


def warning(check: str, found: str, todo: str) -> Finding:
    """Works, but somebody should know."""
    return Finding(check, Level.WARNING, found, todo)


def problem(check: str, found: str, todo: str) -> Finding:
    """Does not work, or will not."""
    return Finding(check, Level.PROBLEM, found, todo)


def worst(findings: Iterable[Finding]) -> Level:
    """How it stands altogether: a problem, a warning, or ok."""
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.PROBLEM, Level.WARNING) if level in levels), Level.OK)


def with_unchecked(findings: list[Finding], checks: Iterable[str], because: str) -> list[Finding]:
    """The findings, and one for each of the ``checks`` that has none: it was not made."""
    made = {finding.check for finding in findings}
    return findings + [Finding(check, Level.UNCHECKED, because) for check in checks if check not in made]
