"""The emulated student records: enrolments of students in classes, units and modules."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

NOT_STARTED = 85
WITHDRAWN = 40
OUTCOMES = {
    20: "Competent",
    30: "Not Achieved",
    WITHDRAWN: "Withdrawn",
    51: "RPL Granted",
    60: "Credit Transfer",
    70: "Continuing",
    NOT_STARTED: "Not Yet Started",
}
MODULE_STATUSES = {1: "Enrolled", 2: "In Progress", 3: "Completed", 4: "Withdrawn"}


@dataclass(slots=True, eq=False)
class Contact:
    """A student."""

    id: int
    given_name: str
    surname: str


@dataclass(slots=True, eq=False)
class Workshop:
    """A session in which a unit is taught."""

    id: int
    instance_id: int
    name: str


@dataclass(slots=True, eq=False)
class Unit:
    """A unit as one class teaches it: `id` is the same in every class, `instance_id` is not."""

    id: int
    instance_id: int
    code: str
    name: str
    workshops: list[Workshop] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Class:
    """One intake of a course; `code` is the course's."""

    id: int
    course_id: int
    code: str
    name: str
    class_code: str
    start: date
    finish: date
    units: dict[int, Unit] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class UnitEnrolment:
    """A student's outcome and dates in a unit; `updates` counts the calls that set them."""

    unit: Unit
    outcome: int
    start: date
    finish: date
    updates: int = 0


@dataclass(slots=True, eq=False)
class ModuleEnrolment:
    """A module of a student's learning plan; `override` is None if access follows the plan."""

    id: int
    name: str
    status: int
    start: date
    end: date
    override: bool | None = None
    updates: int = 0


@dataclass(slots=True, eq=False)
class Enrolment:
    """A student in a class."""

    id: int
    contact: Contact
    taught: Class
    withdrawn: bool
    enrolled: date
    units: dict[int, UnitEnrolment] = field(default_factory=dict)
    modules: dict[int, ModuleEnrolment] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class StudentRecords:
    """All data of the emulated aXcelerate; enrolments are by contact id and class id."""

    contacts: dict[int, Contact] = field(default_factory=dict)
    classes: dict[int, Class] = field(default_factory=dict)
    enrolments: dict[tuple[int, int], Enrolment] = field(default_factory=dict)

    def truth(self) -> dict[str, object]:
        """All unit enrolments and how often each was set, for tests to compare with."""
        return {
            "unit_enrolments": [
                {
                    "contact_id": enrolment.contact.id,
                    "class_id": enrolment.taught.id,
                    "unit_id": held.unit.id,
                    "competent": held.outcome,
                    "start_date": held.start,
                    "end_date": held.finish,
                    "updates": held.updates,
                }
                for enrolment, held in self.unit_enrolments()
            ]
        }

    def unit_enrolments(self) -> Iterator[tuple[Enrolment, UnitEnrolment]]:
        """Every unit enrolment with its class enrolment."""
        for enrolment in self.enrolments.values():
            for held in enrolment.units.values():
                yield enrolment, held
