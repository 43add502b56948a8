"""Reference of the August recheck: flags raised and resolved (S2 to S6)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from dcs_mirror.clock import UK
from tests.properties.state import Flag, State, StatusChange

RECHECK_DAYS = 14


def licence_year(last_seen_at: datetime, observed_at: datetime) -> int | None:
    """The latest year whose window the interval (``last_seen_at``, ``observed_at``] touches (S2)."""
    for year in range(observed_at.astimezone(UK).year, last_seen_at.astimezone(UK).year - 1, -1):
        begins = datetime(year, 8, 1)  # noqa: DTZ001 - civil time, given its zone below
        ends = begins + timedelta(days=RECHECK_DAYS)
        if observed_at >= begins.replace(tzinfo=UK) and last_seen_at < ends.replace(tzinfo=UK):
            return year
    return None


def raise_flags(state: State, changes: Iterable[StatusChange]) -> int:
    """S2, S3, S5: one flag an item, kind and licence year; a resolved one opens again. Returns how many."""
    raised = 0
    for change in changes:
        kind = _kind(change)
        year = licence_year(change.last_seen_at, change.observed_at)
        if kind is None or year is None:
            continue
        flag = state.flags.get((change.item, kind, year))
        if flag is None:
            state.flags[change.item, kind, year] = Flag(
                change.from_status,
                change.to_status,
                change.licence_before,
                change.licence,
                change.observed_at,
            )
        elif flag.resolved_at is not None and _is_how_it_stands(state, change):
            flag.content_status = change.to_status
            flag.licence_before, flag.licence = change.licence_before, change.licence
            flag.flagged_at, flag.resolved_at, flag.resolution = change.observed_at, None, None
        else:
            continue
        raised += 1
    return raised


def _is_how_it_stands(state: State, change: StatusChange) -> bool:
    """Whether a change is the last of its item, and the item is still there."""
    of_item = [c for c in state.status_changes if c.item == change.item]
    return of_item[-1] == change and not state.items[change.item].is_removed


def _kind(change: StatusChange) -> str | None:
    if change.from_status != "Active":
        return None
    if change.to_status == "Pending":
        return "pending"
    covered = [
        (licence or "").lower().startswith("covered") for licence in (change.licence_before, change.licence)
    ]
    return "licence" if change.to_status == "Active" and covered == [True, False] else None


def reopen_flags(state: State) -> int:
    """S5: what was resolved as removed opens again if its item is there, in the state flagged ever since.

    Returns how many.
    """
    reopened = 0
    for (key, kind, _), flag in state.flags.items():
        item = state.items[key]
        if flag.resolution != "removed" or flag.resolved_at is None or item.is_removed:
            continue
        of_item = [change for change in state.status_changes if change.item == key]
        flagged = [place for place, change in enumerate(of_item) if _is_flagged_by(flag, change)]
        since = of_item[flagged[-1] + 1 :] if flagged else of_item
        is_right = any(_ends(kind, change.to_status, change.licence) for change in since)
        if not is_right and _is_flagged_state(kind, item.record.content_status, item.record.licence):
            flag.resolved_at = flag.resolution = None
            reopened += 1
    return reopened


def _is_flagged_by(flag: Flag, change: StatusChange) -> bool:
    return (flag.flagged_at, flag.previous_status, flag.content_status, flag.licence) == (
        change.observed_at,
        change.from_status,
        change.to_status,
        change.licence,
    )


def _ends(kind: str, status: str | None, licence: str | None) -> str | None:
    """The resolution of a flag whose item is there in this state; None if it stays open."""
    if status in {"Archived", "Deleted", "Rejected"}:
        return status.lower()
    is_covered = (licence or "").lower().startswith("covered")
    return "reinstated" if status == "Active" and (kind == "pending" or is_covered) else None


def _is_flagged_state(kind: str, status: str | None, licence: str | None) -> bool:
    if kind == "pending":
        return status == "Pending"
    return status == "Active" and not (licence or "").lower().startswith("covered")


def resolve_flags(state: State, now: datetime) -> None:
    """S5: an open flag resolves by what its item is now."""
    for (key, kind, _), flag in state.flags.items():
        if flag.resolved_at is not None:
            continue
        item = state.items[key]
        ended = _ends(kind, item.record.content_status, item.record.licence)
        flag.resolution = "removed" if item.is_removed else ended
        flag.resolved_at = now if flag.resolution else None
