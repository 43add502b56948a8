"""The calls of aXcelerate as functions of the records and the parameters of a call. No I/O."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from dcs_mirror.sandbox.axcelerate import render
from dcs_mirror.sandbox.axcelerate.model import MODULE_STATUSES, OUTCOMES, Enrolment, StudentRecords

PAGE = 100
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_REPORT = "learningmoduleenrolments"
_OVERRIDES = {"true": True, "false": False, "": None}
Parameters = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens that every call must send in the headers `apitoken` and `wstoken`."""

    api: str = "sandbox"
    ws: str = "sandbox"

    def match(self, headers: Mapping[str, str]) -> bool:
        return (headers.get("apitoken"), headers.get("wstoken")) == (self.api, self.ws)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and a JSON body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of call: the name under which it is counted, and the function that answers it."""

    name: str
    answer: Callable[[StudentRecords, Parameters], object]


class Filter(msgspec.Struct):
    """One entry of `selectedFilterFields`."""

    name: str
    value: str
    operator: str


class _Failure(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def _refusal(code: int, message: str) -> Answer:
    return Answer(code, msgspec.json.encode(render.error(code, message)))


SIGNED_OUT = _refusal(401, "The tokens are not valid")
NO_SUCH_CALL = _refusal(404, "There is no such resource")


def parameters_of(query: str, form: bytes) -> Parameters:
    """The parameters of a query string and a form by their lower-case names."""
    pairs = parse_qsl(query, keep_blank_values=True)
    pairs += parse_qsl(form.decode("utf-8", "replace"), keep_blank_values=True)
    return {name.lower(): value for name, value in pairs}


def call(asked: Asked, records: StudentRecords, parameters: Parameters) -> Answer:
    """The answer to a call; a refusal is an error with HTTP status 412."""
    try:
        return Answer(200, msgspec.json.encode(asked.answer(records, parameters)))
    except _Failure as failure:
        return _refusal(failure.code, str(failure))


def _enrolments(records: StudentRecords, parameters: Parameters) -> object:
    contact_id, class_id = _id(parameters, "contactid"), _id(parameters, "instanceid")
    if parameters.get("type", "p") != "p":
        return []
    found = [
        enrolment
        for (contact, taught), enrolment in records.enrolments.items()
        if contact_id in (None, contact) and class_id in (None, taught)
    ]
    return [render.class_enrolment(e, whole=contact_id is not None) for e in _page(found, parameters)]


def _update_unit(records: StudentRecords, parameters: Parameters) -> object:
    if parameters.get("type") != "s":
        raise _Failure(412, "type: only units (s) are updated here")
    enrolment = _enrolment(records, parameters, "programinstanceid")
    unit_id = _required_id(parameters, "instanceid")
    held = enrolment.units.get(unit_id)
    if held is None:
        raise _Failure(412, f"The contact is not enrolled in unit {unit_id} of that class")
    competent, start, end = (
        parameters.get("competent"),
        _date(parameters, "activitystartdate"),
        _date(parameters, "activityenddate"),
    )
    if competent is not None and competent not in map(str, OUTCOMES):
        raise _Failure(412, f"competent: {competent} is no outcome code")
    if competent is not None:
        held.outcome = int(competent)
    held.start, held.finish = start or held.start, end or held.finish
    held.updates += 1
    return render.unit_enrolment(held)


def _run_report(records: StudentRecords, parameters: Parameters) -> object:
    if parameters.get("reportreference", "").lower() != _REPORT:
        raise _Failure(412, "reportReference: there is no such report here")
    view = [name.strip().lower() for name in parameters.get("selectedviewfields", "").split(",")]
    if unknown := [name for name in view if name not in render.FIELDS]:
        raise _Failure(412, f"selectedViewFields: {unknown[0]} is unknown")
    chosen = _filters(parameters.get("selectedfilterfields", "[]"))
    rows = [
        render.report_row(enrolment, module)
        for enrolment in records.enrolments.values()
        for module in enrolment.modules.values()
        if all(
            str(value) in chosen.get(name, {str(value)})
            for name, value in (
                ("learningmoduleenrolments.statusid", module.status),
                ("contacts.contactid", enrolment.contact.id),
                ("classes.classid", enrolment.taught.id),
            )
        )
    ]
    shown = [{render.FIELDS[name]: row[name] for name in view} for row in _page(rows, parameters)]
    return {"DATA": shown, "COUNT": len(rows), "SUCCESS": True, "ERRORMSG": ""}


def _filters(given: str) -> dict[str, set[str]]:
    """The accepted values by the name of the field."""
    try:
        filters = msgspec.json.decode(given, type=list[Filter])
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise _Failure(412, "selectedFilterFields: not a list of filters") from None
    return {f.name.lower(): {value.strip() for value in f.value.split(",")} for f in filters}


def _field(_: StudentRecords, parameters: Parameters) -> object:
    if parameters.get("fieldreference", "").lower() != "learningmoduleenrolments.statusid":
        raise _Failure(412, "fieldReference: unknown")
    return {
        "REFERENCE": "learningmoduleenrolments.statusid",
        "DISPLAYNAME": "Status",
        "OPTIONS": [{"VALUE": number, "DISPLAY": name} for number, name in MODULE_STATUSES.items()],
    }


def _fields(_: StudentRecords, parameters: Parameters) -> object:
    if parameters.get("reportreference", "").lower() != _REPORT:
        raise _Failure(412, "reportReference: there is no such report here")
    return [{"REFERENCE": reference, "DISPLAYNAME": name} for reference, name in render.FIELDS.items()]


def _update_module(records: StudentRecords, parameters: Parameters) -> object:
    enrolment = _enrolment(records, parameters, "classid")
    module = enrolment.modules.get(_required_id(parameters, "moduleenrolmentid"))
    if module is None or enrolment.id != _required_id(parameters, "enrolid"):
        raise _Failure(412, "There is no such module enrolment")
    start, end = _date(parameters, "startdate"), _date(parameters, "enddate")
    if "accessoverride" in parameters:
        given = parameters["accessoverride"].lower()
        if given not in _OVERRIDES:
            raise _Failure(412, "accessOverride: true, false or nothing")
        module.override = _OVERRIDES[given]
    module.start, module.end = start or module.start, end or module.end
    module.updates += 1
    return render.module_enrolment(enrolment, module)


def _enrolment(records: StudentRecords, parameters: Parameters, class_parameter: str) -> Enrolment:
    contact_id, class_id = _required_id(parameters, "contactid"), _required_id(parameters, class_parameter)
    enrolment = records.enrolments.get((contact_id, class_id))
    if enrolment is None:
        raise _Failure(412, f"Contact {contact_id} is not enrolled in class {class_id}")
    return enrolment


def _page(found: list[T], parameters: Parameters) -> list[T]:
    offset = _id(parameters, "offset") or 0
    limit = min(_id(parameters, "limit") or PAGE, PAGE)
    return found[offset : offset + limit]


def _required_id(parameters: Parameters, name: str) -> int:
    number = _id(parameters, name)
    if number is None:
        raise _Failure(412, f"{name} is required")
    return number


def _id(parameters: Parameters, name: str) -> int | None:
    given = parameters.get(name, "")
    if not given:
        return None
    if _ID.fullmatch(given) is None:
        raise _Failure(412, f"{name} must be a number")
    return int(given)


def _date(parameters: Parameters, name: str) -> date | None:
    given = parameters.get(name, "")
    if not given:
        return None
    try:
        if _DATE.fullmatch(given):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise _Failure(412, f"{name} must be a date of the form YYYY-MM-DD")


# By verb and lower-case path below the base address.
CALLS: Mapping[tuple[str, str], Asked] = {
    ("GET", "/course/enrolments"): Asked("enrolments", _enrolments),
    ("PUT", "/course/enrolment"): Asked("update-unit", _update_unit),
    ("POST", "/report/run"): Asked("report-run", _run_report),
    ("GET", "/report/field"): Asked("report-field", _field),
    ("GET", "/report/fields"): Asked("report-fields", _fields),
    ("PUT", "/v2/learningplan/modules/enrolments"): Asked("update-module", _update_module),
}
