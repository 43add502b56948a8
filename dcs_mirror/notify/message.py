"""Messages: what happened at one institution, in plain words for a librarian and as JSON for a program."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dcs_mirror.clock import UK
from dcs_mirror.plain_text import counted, escaped, one_line
from dcs_mirror.store.release import advice, reason, rule_of

LISTED = 200
"""How many items a message names; the others are counted, and a command shows them."""

_LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution, by its number and its name."""

    hei_id: int
    name: str | None

    def __str__(self) -> str:
        return f"{_cut(self.name)} ({self.hei_id})" if self.name else f"Institution {self.hei_id}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        event: what kind of thing happened.
        title: one line, the subject of a mail.
        plain: the text of a mail.
        data: the same for programs.
    """

    event: str
    institution: Institution
    occurred_at: datetime
    title: str
    plain: str
    data: Mapping[str, Any]

    def body(self, message_id: UUID) -> str:
        """Return the JSON that a webhook is sent."""
        document = {
            "id": str(message_id),
            "event": self.event,
            "hei_id": self.institution.hei_id,
            "institution": self.institution.name,
            "occurred_at": self.occurred_at.astimezone(UTC).isoformat(),
            "data": self.data,
        }
        return escaped(json.dumps(document, ensure_ascii=True, default=str))


def flags(institution: Institution, found: Sequence[Mapping[str, Any]]) -> Message:
    """Items that the August recheck took away, or whose licence it changed."""
    pending = [flag for flag in found if flag["kind"] == "pending"]
    other = [flag for flag in found if flag["kind"] != "pending"]
    lines: list[str] = []
    if pending:
        lines += [
            f"The August licence check has withdrawn {counted(len(pending), 'item')} from students.",
            *_by_course(pending, "flag_id", "flag"),
        ]
    if other:
        lines += [
            f"Students can still open {counted(len(other), 'item')}, but under another licence.",
            *_by_course(other, "flag_id", "flag"),
        ]
    lines += [
        "What to do: look for another copy or licence, or ask CLA. When you deal with an item, note it:",
        "  dcs-mirror flags ack FLAG --note 'what is being done'",
        f"All open ones: dcs-mirror flags --hei {institution.hei_id}",
    ]
    title = f"{counted(len(found), 'item')} affected by the August licence check"
    names = ("flag_id", "kind", "item_key", "request_id", "course_code", "title", "extract_title", "licence")
    return _message("flags", institution, found, title, lines, _items("flags", found, names))


def rollover(institution: Institution, found: Sequence[Mapping[str, Any]]) -> Message:
    """The institution moved on to a new academic year."""
    lines: list[str] = []
    for year in found:
        lines += [
            f"{_uk(year['occurred_at'])}: the academic year {one_line(year['academic_year'])} has begun.",
            f"- {counted(year['renumbered'], 'item')} got a new request id",
            f"- {counted(year['new'], 'item')} came with the new year",
            f"- {counted(year['not_carried_over'], 'item')} did not come over into the new year",
        ]
    lines += [
        "What to do: nothing, if your systems follow the mirror: old request ids still lead to their items.",
        "Systems that keep request ids themselves need the new ones: dcs-mirror targets list",
    ]
    names = (
        "academic_year",
        "previous_year",
        "renumbered",
        "new",
        "not_carried_over",
        "looked_up",
        "conflicts",
    )
    data = {"rollovers": [{name: year[name] for name in names} for year in found]}
    title = f"the academic year {one_line(found[-1]['academic_year'])} has begun"
    return _message("rollover", institution, found, title, lines, data)


def not_carried_over(institution: Institution, found: Sequence[Mapping[str, Any]]) -> Message:
    """Items that the new academic year does not contain."""
    lines = [
        f"{counted(len(found), 'item')} did not come over into the new academic year.",
        *_by_course(found, "request_id", "request"),
        "What to do: if one is still taught, request it again. If it should have come over, ask CLA.",
    ]
    names = ("item_key", "request_id", "course_code", "title", "extract_title", "academic_year")
    title = f"{counted(len(found), 'item')} not carried over into the new academic year"
    return _message("not-carried-over", institution, found, title, lines, _items("items", found, names))


def rejected(institution: Institution, found: Sequence[Mapping[str, Any]]) -> Message:
    """Requests that were rejected."""
    lines = [
        f"{counted(len(found), 'request')} {'was' if len(found) == 1 else 'were'} rejected.",
        *_by_course(found, "request_id", "request", reason="rejection_message"),
        "What to do: correct what the reason names, and request the item again; or find another copy.",
    ]
    names = ("item_key", "request_id", "course_code", "title", "extract_title", "rejection_message")
    title = f"{counted(len(found), 'request')} rejected"
    return _message("rejected", institution, found, title, lines, _items("items", found, names))


def held(institution: Institution, *, run_id: int, error: str | None, since: datetime) -> Message:
    """What was read was not applied, because it looks wrong; it stays so until somebody decides."""
    why = one_line(error or "no reason was noted")
    what = advice(institution.hei_id, why)
    lines = [
        f"Since {_uk(since)} nothing new is shown, because what the DCS answers looks wrong:",
        f"  {reason(institution.hei_id, why)}",
        "What the mirror had before stays as it is.",
        f"What to do: {what.text}",
        *([] if what.command is None else [f"  {what.command}"]),
    ]
    data = {"run_id": run_id, "rule": rule_of(why), "error": why, "release": what.command}
    facts = [{"occurred_at": since}]
    return _message("held", institution, facts, "what the DCS answers was not applied", lines, data)


def stale(institution: Institution, *, last: datetime | None, now: datetime, limit: timedelta) -> Message:
    """The institution was not read for too long; told once until it is read again."""
    hours = round(limit.total_seconds() / 3600)
    long = counted(hours, "hour")
    when = f"It was last read completely on {_uk(last)}." if last else "It was never read completely."
    lines = [
        f"The mirror could not read this institution completely for more than {long}. {when}",
        "What is shown may be out of date.",
        "What to do: ask whoever runs the mirror to look: dcs-mirror doctor",
    ]
    data = {"last_synced_at": last.astimezone(UTC).isoformat() if last else None, "limit_hours": hours}
    return _message("stale", institution, [{"occurred_at": now}], f"not read for {long}", lines, data)


_COUNTS = (
    ("new", "item is new", "items are new"),
    ("opened", "item can now be opened by students", "items can now be opened by students"),
    ("closed", "item can no longer be opened by students", "items can no longer be opened by students"),
    ("rejected", "request was rejected", "requests were rejected"),
    ("removed", "item is gone from the DCS", "items are gone from the DCS"),
    ("renumbered", "item got a new request id", "items got a new request id"),
    ("changed", "item has other details", "items have other details"),
    ("new_courses", "course is new", "courses are new"),
    ("removed_courses", "course is gone from the DCS", "courses are gone from the DCS"),
    ("changed_courses", "course has other details", "courses have other details"),
)


def digest(institution: Institution, found: Mapping[str, Any]) -> Message | None:
    """What changed since the last digest, in numbers; None if nothing did."""
    lines = [f"- {found[key]} {one if found[key] == 1 else many}" for key, one, many in _COUNTS if found[key]]
    if not lines:
        return None
    lines = [f"What has changed since the last summary, as of {_uk(found['occurred_at'])}:", *lines]
    if found["open_flags"]:
        lines += [
            f"What to do: look at what the August licence check left open ({found['open_flags']}):",
            f"  dcs-mirror flags --hei {institution.hei_id}",
        ]
    else:
        lines += ["What to do: nothing."]
    data = {key: found[key] for key, _, _ in _COUNTS} | {"open_flags": found["open_flags"]}
    return _message("digest", institution, [found], "summary of what changed", lines, data)


def _message(
    event: str,
    institution: Institution,
    found: Sequence[Mapping[str, Any]],
    title: str,
    lines: Sequence[str],
    data: Mapping[str, Any],
) -> Message:
    occurred_at = max(fact["occurred_at"] for fact in found)
    text = "\n".join([str(institution), "", *map(one_line, lines)])
    return Message(event, institution, occurred_at, f"{institution}: {title}", text, data)


def _by_course(
    found: Sequence[Mapping[str, Any]], number: str, called: str, *, reason: str | None = None
) -> list[str]:
    """List items below their courses."""
    lines: list[str] = []
    course: object = object()
    for item in found[:LISTED]:
        if item["course_code"] != course:
            course = item["course_code"]
            lines.append(f"Course {_cut(course)}:" if course else "In no course:")
        names = (
            ": ".join(_cut(name) for name in (item["title"], item["extract_title"]) if name)
            or "without a title"
        )
        why = f", reason: {_cut(item[reason])}" if reason and item[reason] else ""
        lines.append(f"- {names} ({called} {item[number]}{why})")
    if len(found) > LISTED:
        lines.append(f"and {len(found) - LISTED} more")
    return lines


def _items(key: str, found: Sequence[Mapping[str, Any]], names: Iterable[str]) -> dict[str, Any]:
    names = tuple(names)
    return {"count": len(found), key: [{name: item[name] for name in names} for item in found[:LISTED]]}


def _cut(text: object) -> str:
    plain = " ".join(one_line(str(text)).split())
    return plain if len(plain) <= _LONGEST_TITLE else plain[: _LONGEST_TITLE - 1] + "…"


def _uk(instant: datetime) -> str:
    """Return a time as it is in the United Kingdom, with its zone."""
    return f"{instant.astimezone(UK):%d %B %Y, %H:%M %Z}".removeprefix("0")
