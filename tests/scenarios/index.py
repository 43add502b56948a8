"""Which scenarios hold which rule: for the documents."""

import re

from tests.scenarios.scenario import scenarios


def index() -> list[tuple[str, str, str, str]]:
    """The rule, title, file and anchor of every scenario, by rule; one of two rules comes twice.

    The file's name is relative to this folder; the anchor is what the hosted page's heading gets.
    """
    entries = [(rule, one.title, one.file, anchor(one.title)) for one in scenarios() for rule in one.rules]
    return sorted(entries, key=lambda entry: ("RSC".index(entry[0][0]), int(entry[0][1:])))


def anchor(title: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
