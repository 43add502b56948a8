"""Whether all is well, in one sentence, and what to do if not. No I/O."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dcs_mirror.notify.found import STALE
from dcs_mirror.plain_text import counted
from dcs_mirror.store.release import reason
from dcs_mirror.store.unseen import UNSEEN
from dcs_mirror.web.dashboard.wording import age

_MOST_STALE = 3
"""If more institutions are stale, they are one task, which one sync settles and which hides no other task."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person.

    Attributes:
        name: the institution's name; how many they are, if it is the same at many.
        what: what is the matter, in a sentence.
        address: the page that shows the rows; None if there is none.
        command: what to run; None if nothing.
    """

    name: str
    what: str
    address: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the overview says at its top."""

    is_well: bool
    sentence: str
    tasks: Sequence[Task]


def limits_at(now: datetime) -> Mapping[str, Any]:
    """Return from when on things wait for a person, as ``institutions.sql`` is told it."""
    return {"now": now, "stale": STALE, "accepted_before": now - UNSEEN}


def named(row: Mapping[str, Any]) -> str:
    """Return what an institution is called; one without a name is called by its id."""
    return (row["name"] or "").strip() or f"Institution {row['hei_id']}"


def judge(institutions: Sequence[Mapping[str, Any]], now: datetime) -> Verdict:
    """Return what is to be said of institutions, as ``institutions.sql`` returns them."""
    if not institutions:
        return Verdict(
            False,
            "There is no institution here yet: the mirror has read none that you may see. "
            "The first run of dcs-mirror sync brings them.",
            [],
        )
    stale = [row for row in institutions if "stale" in row["waits"]]
    is_one = len(stale) > _MOST_STALE
    tasks = [_all_stale(stale, now)] if is_one else []
    for row in institutions:
        tasks += [_TASKS[wait](row, now) for wait in row["waits"] if not (is_one and wait == "stale")]
    if not tasks:
        return Verdict(True, _all_is_well(institutions, now), [])
    if len(tasks) == 1:
        return Verdict(False, "One thing waits for a person.", tasks)
    places = sum(bool(row["waits"]) for row in institutions)
    where = f", at {counted(places, 'institution')}" if len(institutions) > 1 else ""
    return Verdict(False, f"{len(tasks)} things wait for a person{where}.", tasks)


def _all_is_well(institutions: Sequence[Mapping[str, Any]], now: datetime) -> str:
    what = counted(len(institutions), "institution")
    read = [row["last_synced_at"] for row in institutions if row["subscribed"]]
    return f"All is well: {what}, read {age(now - min(read))} or later." if read else f"All is well: {what}."


def _task(row: Mapping[str, Any], what: str, address: str | None = None, command: str | None = None) -> Task:
    return Task(named(row), what, address, command)


def _held(row: Mapping[str, Any], _now: datetime) -> Task:
    # The page that it leads to has the command.
    what = f"The last reading is held back: {reason(row['hei_id'], _error(row))}"
    return _task(row, what, f"/operations?hei={row['hei_id']}#held")


def _unfinished(row: Mapping[str, Any], _now: datetime) -> Task:
    return _task(row, f"The last reading did not end well: {_error(row)}", command="dcs-mirror doctor")


def _error(row: Mapping[str, Any]) -> str:
    return str(row["error"] or "see the log")


def _never_read(row: Mapping[str, Any], _now: datetime) -> Task:
    return _task(row, "It has never been read.", command=f"dcs-mirror sync --hei {row['hei_id']}")


def _stale(row: Mapping[str, Any], now: datetime) -> Task:
    what = f"It was last read {age(now - row['last_synced_at'])}."
    return _task(row, what, command=f"dcs-mirror sync --hei {row['hei_id']}")


def _all_stale(rows: Sequence[Mapping[str, Any]], now: datetime) -> Task:
    what = f"They were last read {age(now - max(row['last_synced_at'] for row in rows))} or earlier."
    address = "/?institutions-sort=last_synced_at#institutions"
    return Task(counted(len(rows), "institution"), what, address, "dcs-mirror sync")


def _flags(row: Mapping[str, Any], _now: datetime) -> Task:
    count = row["new_flags"]
    waits = "waits" if count == 1 else "wait"
    what = f"{counted(count, 'flag')} of the licence recheck {waits} for somebody to look."
    return _task(row, what, f"/august?hei={row['hei_id']}")


def _calls(row: Mapping[str, Any], _now: datetime) -> Task:
    count = row["open_calls"]
    what = f"{counted(count, 'call')} to the DCS {'waits' if count == 1 else 'wait'} for somebody to settle."
    return _task(row, what, f"/requests?hei={row['hei_id']}#open_calls")


def _records(row: Mapping[str, Any], _now: datetime) -> Task:
    what = f"{counted(row['quarantined'], 'record')} of the DCS cannot be read."
    hei_id = row["hei_id"]
    address, command = f"/operations?hei={hei_id}#quarantine", f"dcs-mirror quarantine --hei {hei_id}"
    return _task(row, what, address, command)


def _columns(row: Mapping[str, Any], _now: datetime) -> Task:
    what = f"Request ids in {counted(row['failed_columns'], 'registered column')} are not up to date."
    return _task(row, what, f"/june/{row['hei_id']}?columns=failed#june_columns", "dcs-mirror targets list")


_TASKS: Mapping[str, Callable[[Mapping[str, Any], datetime], Task]] = {
    "held": _held,
    "unfinished": _unfinished,
    "never read": _never_read,
    "stale": _stale,
    "flags": _flags,
    "calls": _calls,
    "records": _records,
    "columns": _columns,
}
"""What is said of each thing that waits; ``institutions.sql`` decides which do."""
