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

    ``students`` is None if the class does not run in the period. ``undated`` counts students who have not
    withdrawn but whose enrolment has no dates, so that it is unknown whether they belong into the count.
    """

    class_code: str | None
    class_id: int
    course_code: str | None
    students: int | None
    undated: int = 0


class _Class:
    """A class while its enrolments are counted."""

    def __init__(self, taught: Activity) -> None:
        self.taught = taught
        self.students: set[int] | None = None
        self.undated: set[int] = set()


async def class_sizes(client: AxcelerateClient, period: Period) -> list[ClassSize]:
    """All classes that have or had an enrolment, in the order of their ids.

    A student counts once in a class, if the enrolment runs on any day of ``period`` and is not withdrawn.

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
        if runs is None and not enrolment.is_withdrawn:
            counted.undated.add(contact_id)
        elif runs:
            counted.students = counted.students or set()
            if not enrolment.is_withdrawn:
                counted.students.add(contact_id)
    return [
        ClassSize(
            each.taught.class_code,
            class_id,
            each.taught.code,
            None if each.students is None else len(each.students),
            len(each.undated),
        )
        for class_id, each in sorted(classes.items())
    ]
