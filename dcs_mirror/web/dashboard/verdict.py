"""Whether all is well, in one sentence, and what to do if not. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dcs_mirror.notify.found import STALE
from dcs_mirror.plain_text import counted
from dcs_mirror.web.dashboard.wording import age


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person.

    Attributes:
        hei_id: the institution.
        name: its name.
        what: what is the matter, in a sentence.
        address: the page that shows the rows; None if there is none.
        command: what to run; None if nothing.
    """

    hei_id: int
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


def named(row: Mapping[str, Any]) -> str:
    """Return what an institution is called; one without a name is called by its id."""
    return (row["name"] or "").strip() or f"Institution {row['hei_id']}"


def judge(institutions: Sequence[Mapping[str, Any]], now: datetime) -> Verdict:
    """Return what is to be said of institutions, as ``institutions.sql`` returns them."""
    if not institutions:
        return Verdict(
            False, "There is no institution here yet: the mirror has read none that you may see.", []
        )
    tasks = [task for row in institutions for task in _tasks(row, now)]
    if not tasks:
        return Verdict(True, _all_is_well(institutions, now), [])
    places = len({task.hei_id for task in tasks})
    if len(tasks) == 1:
        return Verdict(False, "One thing waits for a person.", tasks)
    return Verdict(
        False, f"{len(tasks)} things wait for a person, at {counted(places, 'institution')}.", tasks
    )


def _all_is_well(institutions: Sequence[Mapping[str, Any]], now: datetime) -> str:
    what = counted(len(institutions), "institution")
    read = [row["last_synced_at"] for row in institutions if row["subscribed"]]
    return f"All is well: {what}, read {age(now - min(read))} or later." if read else f"All is well: {what}."


def _tasks(row: Mapping[str, Any], now: datetime) -> list[Task]:
    hei_id, name = row["hei_id"], named(row)
    found: list[Task] = []

    def add(what: str, address: str | None = None, command: str | None = None) -> None:
        found.append(Task(hei_id, name, what, address, command))

    if row["subscribed"] and (wrong := _of_the_reading(row, now)):
        add(wrong[0], command=wrong[1])
    if count := row["new_flags"]:
        waits = "waits" if count == 1 else "wait"
        what = f"{counted(count, 'flag')} of the licence recheck {waits} for somebody to look."
        add(what, f"/august?hei={hei_id}")
    if count := row["open_calls"]:
        add(
            f"{counted(count, 'call')} to the DCS got no clear answer.",
            command=f"dcs-mirror calls --unknown --hei {hei_id}",
        )
    if count := row["quarantined"]:
        add(
            f"{counted(count, 'record')} of the DCS cannot be read.",
            command=f"dcs-mirror quarantine --hei {hei_id}",
        )
    if count := row["failed_columns"]:
        add(
            f"Request ids in {counted(count, 'registered column')} are not up to date.",
            command="dcs-mirror targets list",
        )
    return found


def _of_the_reading(row: Mapping[str, Any], now: datetime) -> tuple[str, str | None] | None:
    """Return what is wrong with the last reading of an institution, and the command; None if nothing is."""
    outcome, synced, error = row["last_sync_outcome"], row["last_synced_at"], row["error"] or "see the log"
    sync = f"dcs-mirror sync --hei {row['hei_id']}"
    if outcome == "held":
        return f"The last reading is held back: {error}", _held(row)
    if outcome in {"failed", "partial"}:
        return f"The last reading did not end well: {error}", "dcs-mirror doctor"
    if synced is None:
        return "It has never been read.", sync
    if now - synced > STALE:
        return f"It was last read {age(now - synced)}.", sync
    return None


def _held(row: Mapping[str, Any]) -> str | None:
    """Return the command for an institution that a rule holds; None if it comes right by itself."""
    if (row["error"] or "").startswith("C3"):
        return f"dcs-mirror sync --hei {row['hei_id']} --accept-removals"
    return None
