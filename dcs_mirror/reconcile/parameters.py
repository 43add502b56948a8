"""What the steps of a reconciliation take, by use case. The SQL types stand in the heads of the steps."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InstitutionScope:
    """One institution, for steps that need no more."""

    hei_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyParameters:
    """What the steps that apply a reading take.

    Attributes:
        observed_at: the instant at which the changes count as seen.
        started_at: when the reading began.
        name: the institution's name, None if it was not read.
        is_full: whether the whole institution was read, not single courses or requests.
        list_reading_order: when the course list was asked for, in nanoseconds (C5).
        list_is_stale: whether a fresher full reading was applied before, or another one changed what the list
            was compared with.
        is_repeated: whether this very reading was applied before, and the answer to its commit was lost.
        list_complete: whether a course that is absent from the list is gone (C1).
        keep_stored_courses: whether the list is the one applied last, or stale.
        list_digest: the digest to remember for the course list, None for none; the stored one if it is stale.
        academic_year: the year of the institution from now on; ``stored_year`` the one until now.
        returned_year: the year of an id that was replaced and is listed again.
        is_whole: whether the list and the content of every course were read completely.
        guids_first: whether an item with the GUID of a stored one of its course need not be looked up.
        year_advanced: whether the first is later than the second.
        last_read_at: when the latest full reading that was applied began; None before the first.
        newest_reading_order: when that reading's list was asked for, 0 before the first.
        keep_subscription: whether a fresher answer says that the institution withdrew.
        latest_order: the database's clock; a stored order that is later does not count.
        recheck_days: the length of the August window (S2).
        after_status_change: only later status changes raise flags.
        live_items: live items before anything is written; counted by the guard.
    """

    hei_id: int
    run_id: int
    observed_at: datetime
    started_at: datetime
    name: str | None
    is_full: bool
    list_reading_order: int
    list_is_stale: bool
    is_repeated: bool
    list_complete: bool
    keep_stored_courses: bool
    list_digest: bytes | None
    academic_year: str | None
    stored_year: str | None
    returned_year: str | None
    is_whole: bool
    year_advanced: bool
    last_read_at: datetime | None
    newest_reading_order: int
    keep_subscription: bool
    latest_order: int
    recheck_days: int
    after_status_change: int
    guids_first: bool = False
    live_items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpParameters:
    """What the step takes that finds look-ups that another reading overtook.

    Attributes:
        latest_order: the database's clock; a stored order that is later does not count.
        look_up_ids: the ids asked for, and ``look_up_orders`` when.
        found_ids: the ids of the items in the answers, None without one; ``found_course_ids`` their courses.
    """

    hei_id: int
    run_id: int
    is_full: bool
    latest_order: int
    look_up_ids: list[int]
    look_up_orders: list[int | None]
    found_ids: list[int | None]
    found_course_ids: list[int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedParameters:
    """What the step takes that records a reading that shows nothing new.

    Attributes:
        course_ids: the courses with unchanged content; ``digests`` are those that it was compared with.
    """

    hei_id: int
    name: str | None
    list_digest: bytes | None
    course_ids: list[int]
    digests: list[bytes | None]
    run_id: int
    outcome: str
    error: str | None
    recorded_at: datetime
    reading_started_at: datetime
    reading_order: int
    last_order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagParameters:
    """What the steps take that raise and resolve the flags of an institution."""

    hei_id: int
    recheck_days: int
    after_status_change: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineParameters:
    """What the quarantine's steps take for a list that stands alone: a full and fresh reading of it."""

    hei_id: int
    list_reading_order: int
    started_at: datetime
    observed_at: datetime
    is_full: bool = True
    list_is_stale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedParameters:
    """What the steps take that store an institution which a list of institutions has.

    Attributes:
        list_order: when the list was asked for (C5).
    """

    hei_id: int
    name: str | None
    list_order: int
    run_id: int
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeParameters:
    """What the steps take that mark an institution as unsubscribed.

    Attributes:
        withdrawn_order: when the question was asked whose answer says that it withdrew; None if unknown.
    """

    hei_id: int
    withdrawn_order: int | None
    run_id: int
    observed_at: datetime
