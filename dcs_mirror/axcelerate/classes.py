"""Counts the students of each class."""

from datetime import date
from typing import NamedTuple

from dcs_mirror.axcelerate.client import AxcelerateClient
from dcs_mirror.axcelerate.records import Activity


class Period(NamedTuple):
    """The days from ``first`` to ``last``, both included."""

    first: date
    last: date


class ClassSize(NamedTuple):
    """A class and its number of students; a code is None if aXcelerate does not give it.

    ``students`` is None if the class does not run in the period. ``undated`` counts students who are enrolled
    but whose enrolment has no dates, so that it is unknown whether they belong into the count.
    ``unknown_statuses`` are those of counted enrolments of which it is unknown whether they should count.
    """

    class_code: str | None
    class_id: int
    course_code: str | None
    students: int | None
    undated: int = 0
    unknown_statuses: tuple[str, ...] = ()


class _Class:
    """A class while its enrolments are counted."""

    def __init__(self, taught: Activity) -> None:
        self.taught = taught
        self.students: set[int] | None = None
        self.undated: set[int] = set()
        self.unknown_statuses: list[str] = []


async def class_sizes(client: AxcelerateClient, period: Period) -> list[ClassSize]:
    """All classes that have or had an enrolment, in the order of their ids.

    A student counts once in a class, if the enrolment runs on any day of ``period`` and counts: it is neither
    tentative nor cancelled nor withdrawn.

    Raises:
        UpstreamError: if the enrolments cannot be read completely.
    """
    classes: dict[int, _Class] = {}
    async for enrolment in client.all_class_enrolments():
        class_id, contact_id = enrolment.instance_id, enrolment.contact_id
        if class_id is None or contact_id is None:
            continue
        counted = classes.setdefault(class_id, _Class(enrolment))
        runs = enrolment.runs_within(*period)
        if runs is None and enrolment.counts:
            counted.undated.add(contact_id)
        elif runs:
            counted.students = counted.students or set()
            if enrolment.counts:
                counted.students.add(contact_id)
                if enrolment.unknown_status is not None:
                    counted.unknown_statuses.append(enrolment.unknown_status)
    return [
        ClassSize(
            each.taught.class_code,
            class_id,
            each.taught.code,
            None if each.students is None else len(each.students),
            len(each.undated),
            tuple(each.unknown_statuses),
        )
        for class_id, each in sorted(classes.items())
    ]
