"""Several rows of one course: refused, or combined as the user says. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from dcs_mirror.students.rows import SourceRow
from dcs_mirror.writes.validation import MOST_STUDENTS

Combination: TypeAlias = Literal["sum", "max", "last"]
_SHOWN = 5


class Repeated:
    """The rows of a source that give a number to one course, by its code."""

    def __init__(self, rows: Iterable[SourceRow], combination: Combination | None) -> None:
        self._combination = combination
        self._rows: dict[str, list[SourceRow]] = {}
        for row in rows:
            code = row.course_code or row.continues
            if code:
                self._rows.setdefault(code, []).append(row)

    def combined(self, row: SourceRow) -> SourceRow:
        """Return the row with the number of all rows of its course if it stands for them, else as it is."""
        rows = self._rows.get(row.course_code, [row])
        if len(rows) == 1 or self._fault(rows) or self.stands_for(row) is not row:
            return row
        if self._combination == "sum":
            return replace(row, students=sum(each.students or 0 for each in rows))
        return row

    def stands_for(self, row: SourceRow) -> SourceRow:
        """Return the row that stands for all rows of its course."""
        rows = self._rows.get(row.course_code, [row])
        if self._combination == "max":
            return max(rows, key=lambda each: -1 if each.students is None else each.students)
        return rows[-1] if self._combination == "last" else rows[0]

    def fault(self, row: SourceRow) -> str | None:
        """Return why a row cannot be used because of the other rows of its course, or None."""
        rows = self._rows.get(row.course_code, [row])
        if len(rows) == 1:
            return None
        if self._combination is None:
            said = ", ".join(
                "no number" if each.students is None else str(each.students) for each in rows[:_SHOWN]
            )
            return (
                f"{_places(rows)} are of this course ({said}): give --sum, --max or --last to say which "
                "number is meant"
            )
        return self._fault(rows)

    def note(self, row: SourceRow) -> str | None:
        """Return how the number of a course came about, for the row that stands for several; else None."""
        rows = self._rows.get(row.course_code, [row])
        if len(rows) == 1 or self._combination is None:
            return None
        return f"--{self._combination} of {_places(rows)}"

    def _fault(self, rows: Sequence[SourceRow]) -> str | None:
        """Return why rows cannot be combined, or None."""
        asked = rows[-1:] if self._combination == "last" else rows
        for row in asked:
            if row.fault is not None or row.students is None:
                return f"{row.where} is of this course too, and cannot be used: {row.fault}"
            if self._combination != "last" and not 0 <= row.students <= MOST_STUDENTS:
                return f"{row.where} is of this course too, and its number, {row.students}, is out of range"
        return None


def _places(rows: Sequence[SourceRow]) -> str:
    more = ", ..." if len(rows) > _SHOWN else ""
    places = ", ".join(row.where.removeprefix("row ") for row in rows[:_SHOWN])
    return f"rows {places}{more}" if all(row.where.startswith("row ") for row in rows) else f"{places}{more}"
