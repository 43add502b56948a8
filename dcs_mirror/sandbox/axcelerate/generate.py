"""Generates student records: the same codes, sizes and seed give the same records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dcs_mirror.sandbox.axcelerate.model import (
    NOT_STARTED,
    Class,
    Contact,
    Enrolment,
    ModuleEnrolment,
    StudentRecords,
    Unit,
    UnitEnrolment,
    Workshop,
)
from dcs_mirror.sandbox.dice import Dice

_GIVEN = ("Ada", "Bríd", "Chiara", "Đorđe", "Elif", "Fatou", "Gwilym", "Hana")
_SURNAMES = ("Ashdown", "Brightwater", "O'Neil", "Ekström", "Nguyễn", "van der Berg", "Öztürk")
_SUBJECTS = ("Communicate at work", "Keep safe", "Lead a team", "Plan a project", "Handle data")
_FIRST_DAY = date(2026, 2, 2)


@dataclass(frozen=True, slots=True)
class RecordSizes:
    """Numbers of students, classes per student, units per class and modules per enrolment."""

    contacts: int = 60
    classes_each: int = 2
    units: int = 5
    modules: int = 2


def build_records(codes: Sequence[str], sizes: RecordSizes | None = None, *, seed: int = 1) -> StudentRecords:
    """Generate student records; each of `codes` is a course with one class, every fourth one with two."""
    sizes = sizes or RecordSizes()
    dice = Dice(seed)
    records = StudentRecords()
    for number, code in enumerate(codes):
        for intake in range(2 if number % 4 == 3 else 1):
            taught = _class(code, number, intake, sizes.units)
            records.classes[taught.id] = taught
    for number in range(sizes.contacts):
        contact = Contact(12_000_001 + 7 * number, dice.pick(_GIVEN), dice.pick(_SURNAMES))
        records.contacts[contact.id] = contact
        for taught in dice.sample(list(records.classes.values()), sizes.classes_each):
            enrolment = _enrolment(contact, taught, 14_000_001 + len(records.enrolments), dice, sizes)
            records.enrolments[contact.id, taught.id] = enrolment
    return records


def _class(code: str, number: int, intake: int, units: int) -> Class:
    class_id = 1_500_001 + 10 * number + intake
    start = _FIRST_DAY + timedelta(weeks=20 * intake)
    taught = Class(
        id=class_id,
        course_id=30_001 + number,
        code=code,
        name=f"Course {code}",
        class_code=f"{code}-{start.year}-{intake + 1}",
        start=start,
        finish=start + timedelta(weeks=18),
    )
    for position in range(units):
        unit_id = 540_001 + 20 * number + position
        instance_id = 7_000_001 + 100 * number + 50 * intake + position
        subject = _SUBJECTS[position % len(_SUBJECTS)]
        unit = Unit(unit_id, instance_id, f"UNIT{number:03}{position:02}", subject)
        unit.workshops = [
            Workshop(80_001 + position, 9_000_000 + instance_id + 1000 * day, f"{subject}, day {day + 1}")
            for day in range(position % 3)
        ]
        taught.units[unit_id] = unit
    return taught


def _enrolment(contact: Contact, taught: Class, number: int, dice: Dice, sizes: RecordSizes) -> Enrolment:
    enrolment = Enrolment(number, contact, taught, dice.chance(0.1), taught.start - timedelta(days=30))
    for unit in taught.units.values():
        enrolment.units[unit.id] = UnitEnrolment(unit, NOT_STARTED, taught.start, taught.finish)
    for position in range(sizes.modules):
        module_id = 100 * number + position
        enrolment.modules[module_id] = ModuleEnrolment(
            module_id, f"Module {position + 1}", 1 + dice.below(4), taught.start, taught.finish
        )
    return enrolment
