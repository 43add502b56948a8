"""Records: enrolments and updates, named as in aXcelerate, spelled as in Python."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal

import msgspec

OUTCOMES = {
    20: "competent",
    30: "not achieved",
    40: "withdrawn",
    51: "recognition of prior learning",
    60: "credit transfer",
    70: "continuing",
    85: "not started",
}
"""Meanings of the usual outcome codes in ``competent``; there are others."""

WITHDRAWN = 40

NOT_COUNTED = ("tentative", "cancel", "withdr")
"""How the statuses of enrolments begin that are not counted as students."""

COUNTED = (
    *("in progress", "booked", "enrolled", "active", "current", "confirmed", "commenced", "started"),
    *("not started", "continuing", "attend", "complete", "incomplete", "competent", "not yet competent"),
)
"""How the statuses of enrolments begin that are counted. Others are counted, and reported."""

Access = Literal["unlocked", "locked", "clear"]


class Activity(msgspec.Struct, kw_only=True):
    """An enrolment in a class (type ``p``), unit (``s``), workshop (``w``) or e-learning (``el``).

    ``id`` is the same in every class; ``instance_id`` identifies one occurrence, such as the class id of a
    class. Updates name a unit by its ``id``. Keys that the API guide does not list are kept in ``extra``.
    """

    type: str | None = None
    id: int | None = None
    instance_id: int | None = None
    contact_id: int | None = None
    enrol_id: int | None = None
    code: str | None = None
    name: str | None = None
    class_code: str | None = None
    status: str | None = None
    competent: int | None = None
    start_date: date | None = None
    finish_date: date | None = None
    activities: list["Activity"] = []
    extra: dict[str, Any] = {}

    def units(self) -> "Iterator[Activity]":
        """The unit enrolments below this one, at any depth."""
        for activity in self.activities:
            if activity.type == "s":
                yield activity
            yield from activity.units()

    @property
    def counts(self) -> bool:
        """Whether the student is enrolled: not if it is only tentative, cancelled or withdrawn.

        By the outcome code or by the status; an enrolment without a status counts, and so does one whose
        status is not known (:attr:`unknown_status`).
        """
        return self.competent != WITHDRAWN and not _words(self.status).startswith(NOT_COUNTED)

    @property
    def unknown_status(self) -> str | None:
        """The status if it is not known whether it means that the student is enrolled."""
        words = _words(self.status)
        return self.status if words and not words.startswith((*COUNTED, *NOT_COUNTED)) else None

    def runs_within(self, first: date, last: date) -> bool | None:
        """Whether it runs on any day of a period; a missing date leaves its end open. None without dates."""
        if self.start_date is None and self.finish_date is None:
            return None
        return (self.start_date or first) <= last and (self.finish_date or last) >= first


def _words(status: str | None) -> str:
    """A status in lower case, with single spaces in place of other separators."""
    return " ".join(re.split(r"[\W_]+", (status or "").lower())).strip()


class ModuleEnrolment(msgspec.Struct, kw_only=True):
    """A module of a learning plan: a row of the report on learning module enrolments."""

    module_enrolment_id: int
    contact_id: int | None = None
    full_name: str | None = None
    module_name: str | None = None
    status: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    commencement_date: date | None = None
    completion_date: date | None = None
    class_id: int | None = None
    class_descriptor: str | None = None
    enrol_id: int | None = None
    date_enrolled: date | None = None
    learning_plan_name: str | None = None
    extra: dict[str, Any] = {}


class UnitUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """New values of a unit enrolment; None leaves a value as it is.

    ``unit_id`` is the unit's ``id``, not its ``instance_id``; ``competent`` is an outcome code.
    """

    contact_id: int
    class_id: int
    unit_id: int
    competent: int | None = None
    start_date: date | None = None
    end_date: date | None = None

    def is_shown_by(self, unit: Activity) -> bool:
        """Whether a unit enrolment already has all the new values."""
        new = (self.competent, self.start_date, self.end_date)
        current = (unit.competent, unit.start_date, unit.finish_date)
        return all(value in (None, shown) for value, shown in zip(new, current, strict=True))


class ModuleUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """New values of a module enrolment; None leaves a value as it is.

    ``access`` overrides the learning plan (``unlocked``, ``locked``) or ends the override (``clear``).
    """

    contact_id: int
    enrol_id: int
    class_id: int
    module_enrolment_id: int
    access: Access | None = None
    start_date: date | None = None
    end_date: date | None = None
