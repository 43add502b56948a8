"""Encoding of aXcelerate's answers: capital keys, bare arrays, reports with display names. No I/O."""

from datetime import date

from dcs_mirror.sandbox.axcelerate.model import (
    MODULE_STATUSES,
    OUTCOMES,
    WITHDRAWN,
    Enrolment,
    ModuleEnrolment,
    Unit,
    UnitEnrolment,
)

FIELDS = {
    "contacts.contactid": "Contact ID",
    "contacts.fullname": "Full Name",
    "learningmoduleenrolments.moduleenrolmentid": "Module Enrolment ID",
    "learningmoduleenrolments.modulename": "Module Name",
    "learningmoduleenrolments.status": "Status",
    "learningmoduleenrolments.startdate": "Start Date",
    "learningmoduleenrolments.enddate": "End Date",
    "learningmoduleenrolments.commencementdate": "Commencement Date",
    "learningmoduleenrolments.completiondate": "Completion Date",
    "classes.classid": "Class ID",
    "classes.classdescriptor": "Class Descriptor",
    "enrolments.enrolid": "Enrol ID",
    "enrolments.dateenrolled": "Date Enrolled",
    "enrolments.learningplanname": "Learning Plan Name",
}
"""The display names that the report's rows use, by view field."""


def error(code: int, message: str) -> dict[str, object]:
    return {"ERROR": True, "MESSAGES": message, "DETAILS": "", "CODE": str(code)}


def class_enrolment(enrolment: Enrolment, *, whole: bool) -> dict[str, object]:
    """One entry of the enrolments; if `whole`, with its units and their workshops."""
    taught, contact = enrolment.taught, enrolment.contact
    shown: dict[str, object] = {
        "TYPE": "p",
        "ENROLID": enrolment.id,
        "CONTACTID": contact.id,
        "GIVENNAME": contact.given_name,
        "SURNAME": contact.surname,
        "ID": taught.course_id,
        "INSTANCEID": taught.id,
        "CODE": taught.code,
        "NAME": taught.name,
        "CLASSCODE": taught.class_code,
        "STATUS": "Withdrawn" if enrolment.withdrawn else "In Progress",
        "OUTCOMECODE": str(WITHDRAWN) if enrolment.withdrawn else None,
        "ENROLMENTDATE": minute(enrolment.enrolled),
        "STARTDATE": minute(taught.start),
        "FINISHDATE": minute(taught.finish),
    }
    if whole:
        shown["ACTIVITIES"] = [unit_enrolment(held) for held in enrolment.units.values()]
    return shown


def unit_enrolment(held: UnitEnrolment) -> dict[str, object]:
    """A unit below a class."""
    return {
        "TYPE": "s",
        "ID": held.unit.id,
        "INSTANCEID": held.unit.instance_id,
        "CODE": held.unit.code,
        "NAME": held.unit.name,
        "STATUS": OUTCOMES[held.outcome],
        "OUTCOMECODE": str(held.outcome),
        "STARTDATE": held.start,
        "FINISHDATE": held.finish,
        "ACTIVITIES": _workshops(held.unit),
    }


def _workshops(unit: Unit) -> object:
    """None, one object or a list, as the number of workshops has it."""
    shown = [{"TYPE": "w", "ID": w.id, "INSTANCEID": w.instance_id, "NAME": w.name} for w in unit.workshops]
    if len(shown) == 1:
        return shown[0]
    return shown or None


def report_row(enrolment: Enrolment, module: ModuleEnrolment) -> dict[str, object]:
    """All fields of a row of the report, by reference."""
    contact, taught = enrolment.contact, enrolment.taught
    return {
        "contacts.contactid": contact.id,
        "contacts.fullname": f"{contact.given_name} {contact.surname}",
        "learningmoduleenrolments.moduleenrolmentid": module.id,
        "learningmoduleenrolments.modulename": module.name,
        "learningmoduleenrolments.status": MODULE_STATUSES[module.status],
        "learningmoduleenrolments.startdate": module.start,
        "learningmoduleenrolments.enddate": module.end,
        "learningmoduleenrolments.commencementdate": None,
        "learningmoduleenrolments.completiondate": "",
        "classes.classid": taught.id,
        "classes.classdescriptor": taught.class_code,
        "enrolments.enrolid": enrolment.id,
        "enrolments.dateenrolled": enrolment.enrolled,
        "enrolments.learningplanname": f"Plan of {taught.code}",
    }


def module_enrolment(enrolment: Enrolment, module: ModuleEnrolment) -> dict[str, object]:
    """The answer to an update of a module."""
    return {
        "contactId": enrolment.contact.id,
        "enrolId": enrolment.id,
        "classId": enrolment.taught.id,
        "moduleEnrolmentId": module.id,
        "moduleName": module.name,
        "status": MODULE_STATUSES[module.status],
        "accessOverride": module.override,
        "startDate": module.start,
        "endDate": module.end,
    }


def minute(day: date) -> str:
    """A day with a time, such as `2026-02-02 00:00`."""
    return f"{day.isoformat()} 00:00"
