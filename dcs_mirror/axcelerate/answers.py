"""Readers of aXcelerate's answers: from bytes to records, as tolerant as those of the DCS (W2, W4)."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from dcs_mirror.axcelerate.records import Activity, ModuleEnrolment
from dcs_mirror.errors import CallRefused, CredentialsRefused, Retryable, UpstreamError
from dcs_mirror.upstream import fields, lenient_json
from dcs_mirror.upstream.redaction import printable

ADVICE = "check AXCELERATE_API_TOKEN and AXCELERATE_WS_TOKEN"
"""What to do if the tokens are refused."""

_DEEPEST = 20
"""Levels of nested activities beyond which an answer is refused."""

_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_RETRYABLE = {408, 425, 429}
_ERROR_STATUSES = {"error", "failure", "exception"}
# A unit may have one of these, so they mean an error only if there is a message.
_FAILED_STATUSES = {"fail", "failed", "invalid", "rejected", "false"}
_SUCCESS_WORDS = {"", "success", "successful", "ok", "true", "done", "updated", "saved", "1"}

Schema = Mapping[str, tuple[str, Callable[[Any], Any]]]


class Page(NamedTuple):
    """One page of a list; ``rejected`` counts entries without their ids."""

    enrolments: list[Activity]
    rejected: int


class ReportPage(NamedTuple):
    """One page of a report; ``total`` is the number of rows of all pages, if the answer holds it."""

    rows: list[ModuleEnrolment]
    rejected: int
    total: int | None


def day(value: object) -> date | None:
    """A date, ``2026-02-01`` or, day first, ``1/2/2026``, optionally followed by a time; None if empty.

    Raises:
        Unreadable: if it is anything else.
    """
    if not isinstance(value, str):
        raise fields.Unreadable
    text = value.strip()
    if not text:
        return None
    try:
        if match := _DAY_FIRST.match(text):
            return date(int(match[3]), int(match[2]), int(match[1]))
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise fields.Unreadable from None


def _text(value: object) -> str | None:
    return fields.text(value).encode("utf-8", "replace").decode() or None


def _number(value: object) -> int | None:
    return None if value == "" else fields.identity(value)


def _kind(value: object) -> str | None:
    return fields.text(value).strip().lower() or None


_ACTIVITY: Schema = {
    "type": ("type", _kind),
    "id": ("id", _number),
    "instanceid": ("instance_id", _number),
    "contactid": ("contact_id", _number),
    "enrolid": ("enrol_id", _number),
    "code": ("code", _text),
    "name": ("name", _text),
    "classcode": ("class_code", _text),
    "status": ("status", _text),
    "competent": ("competent", _number),
    "outcomecode": ("competent", _number),
    "startdate": ("start_date", day),
    "activitystartdate": ("start_date", day),
    "finishdate": ("finish_date", day),
    "enddate": ("finish_date", day),
    "activityenddate": ("finish_date", day),
    "activities": ("activities", fields.anything),
}

_MODULE: Schema = {
    "contactid": ("contact_id", _number),
    "fullname": ("full_name", _text),
    "moduleenrolmentid": ("module_enrolment_id", _number),
    "modulename": ("module_name", _text),
    "status": ("status", _text),
    "startdate": ("start_date", day),
    "enddate": ("end_date", day),
    "commencementdate": ("commencement_date", day),
    "completiondate": ("completion_date", day),
    "classid": ("class_id", _number),
    "classdescriptor": ("class_descriptor", _text),
    "enrolid": ("enrol_id", _number),
    "enrolmentid": ("enrol_id", _number),
    "dateenrolled": ("date_enrolled", day),
    "learningplanname": ("learning_plan_name", _text),
}


def parsed(body: bytes) -> Any:
    """Decode an answer.

    Raises:
        UpstreamError: by the error in it, whatever its HTTP status; Retryable if it is not JSON.
    """
    try:
        value = lenient_json.parse(body)
    except ValueError:
        raise Retryable(f"aXcelerate's answer is not JSON: {_excerpt(body)}") from None
    if (error := error_in(value)) is not None:
        raise error
    return value


def error_in(value: object) -> UpstreamError | None:
    """The error in an answer such as ``{"ERROR": true, "MESSAGES": …, "CODE": "412", "DETAILS": …}``.

    An answer is an error by its ``ERROR``, ``SUCCESS``, ``STATUS``, ``ERRORS`` or ``ERRORMSG``, and by its
    code if it has a message; also as the entry of a list. None if it is not an error.
    """
    if isinstance(value, list):
        return next(filter(None, map(error_in, value)), None)
    if not isinstance(value, dict):
        return None
    keys = _normalised_keys(value)
    said = keys.get("messages") or keys.get("message")
    try:
        code = fields.integer(keys.get("code"))
    except fields.Unreadable:
        code = 0
    status = str(keys.get("status")).strip().lower()
    failed = (
        _is_true(keys.get("error")),
        "success" in keys and not _is_true(keys["success"]),
        status in _ERROR_STATUSES,
        bool(said) and (status in _FAILED_STATUSES or code >= 400),
        bool(keys.get("errors")),
        bool(_one_line(keys.get("errormsg"))),
    )
    if not any(failed):
        return None
    reason = said or keys.get("errormsg") or keys.get("errors") or keys.get("error")
    return error_of(code, _with_details(_one_line(reason), keys.get("details")))


def updated(value: object) -> None:
    """Read the answer to an update, which :func:`parsed` found no error in; None if the answer has no body.

    Raises:
        CallRefused: if it does not say that the update was made.
    """
    if value is None or isinstance(value, dict | list) or value is True:
        return
    word = _one_line(value) if isinstance(value, str) else json.dumps(value)
    if word.strip(" .!").lower() not in _SUCCESS_WORDS:
        raise CallRefused(f"aXcelerate's answer does not say that it was made: {word!r}")


def error_of(code: int, reason: str, *, retry_after: float | None = None) -> UpstreamError:
    """The error for an HTTP status, or for the same code within an answer."""
    message = f"aXcelerate answered {code or 'an error'}" + (f": {reason}" if reason else "")
    if code in {401, 403}:
        return CredentialsRefused(f"{message}; {ADVICE}")
    if code in _RETRYABLE or code >= 500:
        return Retryable(message, retry_after=retry_after)
    return CallRefused(message)


def without_surrogates(value: Any) -> Any:
    """The value without lone surrogates, which cannot be encoded as UTF-8."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def message_in(body: bytes) -> str:
    """The message in the body of a refusal, with its details; empty if the body is not aXcelerate's."""
    try:
        value = lenient_json.parse(body)
    except ValueError:
        return ""
    keys = _normalised_keys(value) if isinstance(value, dict) else {}
    return _with_details(_one_line(keys.get("messages") or keys.get("message")), keys.get("details"))


def enrolments(value: object) -> Page:
    """Read enrolments in classes, each with the activities below it.

    Raises:
        Retryable: if the answer is not a list.
    """
    entries = _entries(value)
    read = [_activity(entry, 0) for entry in entries]
    kept = [a for a in read if a is not None and a.contact_id is not None and a.instance_id is not None]
    return Page(kept, len(entries) - len(kept))


def report(value: object) -> ReportPage:
    """Read a page of the report on learning module enrolments.

    Raises:
        CallRefused: if the report failed.
        Retryable: if the answer is not a report.
    """
    if not isinstance(value, dict):
        raise Retryable("aXcelerate's answer is not a report")
    keys = _normalised_keys(value)
    if error_in(value) is not None:
        raise CallRefused(
            f"aXcelerate refuses the report: {_one_line(keys.get('errormsg')) or 'no reason given'}"
        )
    if "data" not in keys:
        raise Retryable("aXcelerate's answer is not a report")
    entries = _entries(keys["data"])
    rows = []
    for entry in entries:
        values, extra = _read(entry, _MODULE)
        if values.get("module_enrolment_id") is not None:
            rows.append(ModuleEnrolment(extra=extra, **values))
    try:
        total = fields.integer(keys.get("count"))
    except fields.Unreadable:
        total = None
    return ReportPage(rows, len(entries) - len(rows), total)


def _activity(entry: object, depth: int) -> Activity | None:
    if not isinstance(entry, dict):
        return None
    if depth > _DEEPEST:
        raise Retryable("aXcelerate's answer is nested too deeply")
    values, extra = _read(entry, _ACTIVITY)
    inner = [_activity(each, depth + 1) for each in _entries(values.pop("activities", None))]
    return Activity(activities=[a for a in inner if a is not None], extra=extra, **values)


def _read(entry: object, schema: Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read one entry: its values by field, and by aXcelerate's key whatever no field could take."""
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    if not isinstance(entry, dict):
        return values, extra
    for key, value in entry.items():
        known = schema.get(_normalised_key(key))
        if known is None:
            extra |= without_surrogates({key: value})
        elif value is not None and values.get(known[0]) is None:
            name, reader = known
            try:
                values[name] = reader(value)
            except fields.Unreadable:
                extra |= without_surrogates({key: value})
    return values, extra


def _entries(value: object) -> list[object]:
    """The entries of a list, which may also be one object, null or an empty text (W4)."""
    if isinstance(value, list):
        return value
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        return [value]
    raise Retryable("aXcelerate's answer holds no list")


def _normalised_key(key: str) -> str:
    """A key without its spelling; of a reference such as ``classes.classid``, the part after the dot."""
    return re.sub(r"[^a-z0-9]", "", key.lower().rpartition(".")[2])


def _normalised_keys(entry: dict[str, Any]) -> dict[str, Any]:
    return {_normalised_key(key): value for key, value in entry.items()}


def _one_line(message: object) -> str:
    """An error's message on one line; empty if it is missing or a boolean."""
    if message is None or isinstance(message, bool):
        return ""
    return printable(message if isinstance(message, str) else json.dumps(message, ensure_ascii=False))


def _with_details(message: str, details: object) -> str:
    """A message and what ``DETAILS`` adds to it, such as the field that is wrong."""
    more = _one_line(details)
    if more in {"", "[]", "{}"} or more in message:
        return message
    return f"{message} ({more})" if message else more


def _is_true(value: object) -> bool:
    """Whether a flag is set, in whatever spelling; a text that is no flag counts as set."""
    try:
        return fields.truth(value)
    except fields.Unreadable:
        return bool(value)


def _excerpt(body: bytes) -> str:
    return repr(printable(body[:80].decode("utf-8", "replace")))
