"""Entries without an id, which are no records: why each was rejected, and its text (W4)."""

import json
from collections.abc import Collection, Mapping

from dcs_mirror.records import Rejected

KEPT = 100
"""Most rejected entries of one answer kept with their text: a misspelled key rejects all of an answer."""

LONGEST_TEXT = 4096
"""Most characters kept of an entry's JSON."""

CUT = " … (cut)"
"""Marks the end of a text that was cut."""


class RejectedEntries:
    """Collects the rejected entries of one answer: counts all, keeps the first ``KEPT``.

    Args:
        identity: the columns that identify an entry, by upstream's keys.
    """

    def __init__(self, identity: Mapping[str, str]) -> None:
        self._identity = identity
        self.count = 0
        self.kept: list[Rejected] = []

    def add(
        self, position: int, entry: object, values: Mapping[str, object], misread: Collection[str]
    ) -> None:
        """Reject an entry.

        Args:
            position: its position in the list, from 1.
            entry: the entry as decoded.
            values: the values that could be read, by column.
            misread: the columns whose values could not be read.
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
    """An entry as JSON, cut after ``LONGEST_TEXT`` characters.

    Unprintable characters are escaped: a terminal would obey some, such as U+001B, and PostgreSQL refuses
    U+0000.
    """
    try:
        text = json.dumps(entry, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be written down)"
    kept = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text[:LONGEST_TEXT])
    return kept + CUT if len(text) > LONGEST_TEXT else kept
