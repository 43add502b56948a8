"""Tables of nights: what the DCS answers, row by row, and what the mirror must take it for.

``README.md`` in this folder explains every column. What is not explained there is an error here.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dcs_mirror.reading import Content
from dcs_mirror.records import ContentItem
from tests.scenarios.markdown import Block, Row, ScenarioError
from tests.scenarios.steps import CourseAnswer, LookUpAnswer, Night, Recognised
from tests.support import readings

LONDON = ZoneInfo("Europe/London")

NIGHT_COLUMNS = ("night", "institution", "year", "reading", "list", "guard", "accept", "order")
"""What holds for a night as a whole: it stands in the night's first row."""
ITEM_COLUMNS = ("request-id", "previous-year-id", "GUID", "status", "licence", "title")
ROW_COLUMNS = ("asked", "course", "course-id", "course status", "answer", *ITEM_COLUMNS)
EXPECTED_COLUMNS = ("→ item", "→ course", "→ outcome")
COLUMNS = (*NIGHT_COLUMNS, *ROW_COLUMNS, *EXPECTED_COLUMNS)

READINGS = ("sync", "refresh course", "refresh request", "reconcile", "not listed")
SILENT_READINGS = ("reconcile", "not listed")
"""What happens without an answer of the DCS about the institution."""
OUTCOMES = ("complete", "partial", "held", "unsubscribed", "read whole")
STATUSES = ("New Request", "Rejected", "Pending", "Active", "Archived", "Deleted")
COURSE_STATUSES = ("Active", "Archived", "Deleted")
ANSWERS = {
    "": Content.WHOLE,
    "empty": Content.WHOLE,
    "partial": Content.PARTIAL,
    "unchanged": Content.UNCHANGED,
    "failed": Content.UNREAD,
}
LOOK_UPS = ("", "gone", "failed")

_DATE = "%Y-%m-%d"
_TIME = "%Y-%m-%d %H:%M"


def nights(block: Block) -> list[Night]:
    """The nights of a table, in its order.

    Raises:
        ScenarioError: for the first column, value or row that is not understood.
    """
    unknown = [column for column in block.columns if column not in COLUMNS]
    if unknown or "night" not in block.columns:
        problem = f"unknown columns {', '.join(unknown)}" if unknown else "the column 'night' is missing"
        raise ScenarioError(f"{block.place}: {problem}; the columns are {', '.join(COLUMNS)}")
    found: list[Night] = []
    for row in block.rows:
        if row.cells["night"]:
            found.append(_night(row))
        elif not found:
            raise ScenarioError(f"{row.place}: the first row needs the date of its night")
        else:
            _refuse(row, *NIGHT_COLUMNS, "→ outcome", because="belongs into the first row of its night")
        _read(row, found[-1])
    return found


def _night(row: Row) -> Night:
    night = Night(row, _instant(row, "night"))
    if "institution" in row.cells:
        night.hei_id = _number(row, "institution")
    if "year" in row.cells:
        night.year = _year(row)
    night.reading = _one_of(row, "reading", READINGS, default="sync")
    night.list_complete = _one_of(row, "list", ("complete", "incomplete"), default="complete") == "complete"
    night.accept = _one_of(row, "accept", ("", "removals", "year"), default="")
    night.outcome = _one_of(row, "→ outcome", OUTCOMES, default="complete")
    if row.cells.get("guard"):
        try:
            night.guard = float(row.cells["guard"])
        except ValueError:
            raise ScenarioError(f"{row.place}: {row.cells['guard']!r} is no share like 0.1") from None
    if "order" in row.cells:
        night.order = _number(row, "order")
    return night


def _read(row: Row, night: Night) -> None:
    """Adds what a row tells to its night."""
    if night.reading in SILENT_READINGS:
        _refuse(
            row, *ROW_COLUMNS, "→ item", "→ course", because=f"has no place in a night of {night.reading!r}"
        )
        if row is not night.row:
            raise ScenarioError(f"{row.place}: a night of {night.reading!r} is one row")
        return
    course = row.cells.get("course", "A")
    if row.cells.get("asked"):
        _read_look_up(row, night, course)
    elif not course:
        raise ScenarioError(f"{row.place}: the course is missing")
    elif night.reading == "refresh request":
        raise ScenarioError(f"{row.place}: a night of 'refresh request' needs the id that is asked for")
    else:
        _read_course(row, night, course)


def _read_look_up(row: Row, night: Night, course: str) -> None:
    answer = _one_of(row, "answer", LOOK_UPS, default="")
    _refuse(row, "course-id", "course status", "→ course", because="has no place in the answer for an id")
    if answer:
        _refuse(row, *ITEM_COLUMNS, "→ item", because=f"has no place in an answer that is {answer!r}")
    items = _items(row)
    asked = _ids(row, "asked")
    if not answer and not len(items) == len(asked) == 1:
        raise ScenarioError(f"{row.place}: the answer for an id is one item, 'gone' or 'failed'")
    known = {found.request_id for found in night.look_ups}
    for request_id in asked:
        if request_id in known:
            raise ScenarioError(f"{row.place}: {request_id} is answered twice")
        item = items[0] if items else None
        night.look_ups.append(LookUpAnswer(request_id, item, course or None, answered=answer != "failed"))
    _recognise(row, night, items)


def _read_course(row: Row, night: Night, code: str) -> None:
    answer = row.cells.get("answer", "")
    if answer not in ANSWERS:
        answers = ", ".join(filter(None, ANSWERS))
        raise ScenarioError(f"{row.place}: unknown answer {answer!r}; known are {answers}")
    items = _items(row)
    if not answer and not items:
        raise ScenarioError(f"{row.place}: a whole answer without items is 'empty'")
    if answer in {"empty", "unchanged", "failed"}:
        _refuse(row, *ITEM_COLUMNS, "→ item", because=f"has no place in an answer that is {answer!r}")
    course_id = _number(row, "course-id") if "course-id" in row.cells else readings.course_id(code)
    status = _one_of(row, "course status", COURSE_STATUSES, default="Active")
    listed = CourseAnswer(code, course_id, status, ANSWERS[answer])
    known = night.courses.setdefault(code, listed)
    same = (listed.id, listed.status, listed.content)
    if (known.id, known.status, known.content) != same:
        raise ScenarioError(f"{row.place}: the rows of course {code!r} do not agree about it")
    if known is not listed and (answer == "empty" or not items):
        raise ScenarioError(f"{row.place}: course {code!r} stands above already")
    known.items.extend(items)
    _recognise(row, night, items)
    if "→ course" in row.cells:
        night.recognised.append(Recognised(row, _name(row, "→ course"), course=code))


def _recognise(row: Row, night: Night, items: list[ContentItem]) -> None:
    if "→ item" not in row.cells or not items:
        return
    if len(items) > 1:
        raise ScenarioError(f"{row.place}: a range of ids cannot have one name")
    night.recognised.append(Recognised(row, _name(row, "→ item"), request_id=items[0].request_id))


def _items(row: Row) -> list[ContentItem]:
    """The items of a row: none, one, or as many as a range of request ids has."""
    if not row.cells.get("request-id"):
        _refuse(row, *ITEM_COLUMNS, "→ item", because="needs a request-id")
        return []
    fields: dict[str, str | None] = {}
    if "GUID" in row.cells:
        fields["content_guid"] = row.cells["GUID"] or None
    if "status" in row.cells:
        fields["content_status"] = _one_of(row, "status", STATUSES)
    for column in ("licence", "title"):
        if column in row.cells:
            fields[column] = row.cells[column] or None
    ids = _ids(row, "request-id")
    if len(ids) > 1:
        _refuse(row, "previous-year-id", because="has no place beside a range of ids")
    previous = _number(row, "previous-year-id") if row.cells.get("previous-year-id") else None
    return [readings.item(request_id, previous, **fields) for request_id in ids]


def _ids(row: Row, column: str) -> list[int]:
    """One id, or a range like ``10 to 34``."""
    first, is_range, last = row.cells[column].partition(" to ")
    if not is_range:
        return [_int(row, first)]
    if _int(row, last) <= _int(row, first):
        raise ScenarioError(f"{row.place}: {row.cells[column]!r} is no range")
    return list(range(_int(row, first), _int(row, last) + 1))


def _refuse(row: Row, *columns: str, because: str) -> None:
    """Raises ScenarioError if one of the columns has a value in the row."""
    for column in columns:
        if row.cells.get(column):
            raise ScenarioError(f"{row.place}: {row.cells[column]!r} of column {column!r} {because}")


def _one_of(row: Row, column: str, known: tuple[str, ...], *, default: str | None = None) -> str:
    value = row.cells.get(column, "") or (default if default is not None else "")
    if value not in known:
        raise ScenarioError(f"{row.place}: unknown {column} {value!r}; known are {', '.join(known)}")
    return value


def _name(row: Row, column: str) -> str | None:
    """The name of an item or course; None for 'none', which says that the mirror shows no such row."""
    name = row.cells[column]
    if not re.fullmatch(r"[a-z]{1,8}", name):
        raise ScenarioError(f"{row.place}: column {column!r} needs a name of small letters, or 'none'")
    return None if name == "none" else name


def _number(row: Row, column: str) -> int:
    return _int(row, row.cells[column])


def _int(row: Row, text: str) -> int:
    if not re.fullmatch(r"[1-9]\d*", text):
        raise ScenarioError(f"{row.place}: {text!r} is no positive whole number")
    return int(text)


def _year(row: Row) -> str:
    year = row.cells["year"]
    match = re.fullmatch(r"(\d{4})-(\d{4})", year)
    if match is None or int(match[2]) != int(match[1]) + 1:
        raise ScenarioError(f"{row.place}: {year!r} is no academic year like 2025-2026")
    return year


def _instant(row: Row, column: str) -> datetime:
    """A date, which stands for 02:00 of that day, or a date and time; both in UK time."""
    for form in (_DATE, _TIME):
        try:
            local = datetime.strptime(row.cells[column], form)  # noqa: DTZ007 - the zone is given below
        except ValueError:
            continue
        hour = 2 if form == _DATE else local.hour
        return local.replace(hour=hour, tzinfo=LONDON).astimezone(UTC)
    raise ScenarioError(f"{row.place}: {row.cells[column]!r} is no date like 2026-08-04 or 2026-08-04 23:30")
