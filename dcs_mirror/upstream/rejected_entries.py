"""Entries that identify nothing: why, and what they say (W4)."""

import json
from collections.abc import Collection, Mapping

from dcs_mirror.records import Rejected

KEPT = 100
"""Entries of one answer that are kept with their text; where a key is misspelled, all of them lack it."""

LONGEST_TEXT = 4096
"""Characters of an entry's JSON that are kept."""

CUT = " … (cut)"
"""Ends a text of which more was there."""


class RejectedEntries:
    """The rejected entries of one answer: all are counted, the first ``KEPT`` are kept.

    Args:
        identity: upstream's keys that identify an entry, and the columns that they are read into.
    """

    def __init__(self, identity: Mapping[str, str]) -> None:
        self._identity = identity
        self.count = 0
        self.kept: list[Rejected] = []

    def add(
        self, position: int, entry: object, values: Mapping[str, object], misread: Collection[str]
    ) -> None:
        """Sets an entry aside.

        Args:
            position: its place in the list, from 1.
            values: what was read of it, by column.
            misread: columns for which it has a value that could not be read.
        """
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append(Rejected(position, self._reason(entry, values, misread), text_of(entry)))

    def _reason(self, entry: object, values: Mapping[str, object], misread: Collection[str]) -> str:
        if not isinstance(entry, dict):
            return "it is no object"
        return "; ".join(
            f"{key} cannot be read" if column in misread else f"{key} is missing"
            for key, column in self._identity.items()
            if not values.get(column)
        )


def text_of(entry: object) -> str:
    """An entry as JSON in printable characters, cut after ``LONGEST_TEXT``.

    What a terminal would obey or PostgreSQL refuse, such as U+001B and U+0000, is written as an escape.
    """
    try:
        text = json.dumps(entry, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be written down)"
    kept = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text[:LONGEST_TEXT])
    return kept + CUT if len(text) > LONGEST_TEXT else kept
