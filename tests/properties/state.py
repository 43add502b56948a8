"""What a mirror of one institution should hold: plain data that the reference of the rules works on."""

from dataclasses import dataclass, field
from datetime import datetime

from dcs_mirror.records import ContentItem, Course


@dataclass
class StoredCourse:
    """A course; ``not_found_since`` is the first of the readings, all in a row, that did not find it (W3)."""

    key: int
    record: Course
    not_found_since: datetime | None = None
    is_removed: bool = False


@dataclass
class StoredItem:
    """An item; ``year`` is the academic year whose id it bears.

    ``seen_at`` is the latest reading that showed the item (S1).
    """

    key: int
    record: ContentItem
    course: int | None
    course_code: str | None
    year: str | None
    first_seen_at: datetime
    seen_at: datetime
    is_removed: bool = False


@dataclass(frozen=True)
class StatusChange:
    """S1: what changed, in the interval (``last_seen_at``, ``observed_at``]."""

    item: int
    request_id: int
    from_status: str | None
    to_status: str | None
    licence_before: str | None
    licence: str | None
    last_seen_at: datetime
    observed_at: datetime


@dataclass
class Flag:
    """S2, S3: what the recheck took away."""

    previous_status: str | None
    content_status: str | None
    licence_before: str | None
    licence: str | None
    flagged_at: datetime
    resolved_at: datetime | None = None
    resolution: str | None = None


@dataclass
class Rollover:
    """R10: what the ids of a year came to."""

    previous_year: str | None
    renumbered: int = 0
    new: int = 0
    not_carried_over: int = 0
    looked_up: int = 0
    conflicts: int = 0


@dataclass(frozen=True)
class Counts:
    """What one reading did, as the outcome counts it."""

    courses: int
    content_items: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    renumbered: int = 0
    flagged: int = 0
    is_partial: bool = False


@dataclass
class State:
    """One institution. ``history`` leads from every id ever replaced to an item's key (R2)."""

    name: str | None = None
    year: str | None = None
    courses: dict[int, StoredCourse] = field(default_factory=dict)
    items: dict[int, StoredItem] = field(default_factory=dict)
    history: dict[int, int] = field(default_factory=dict)
    via: dict[int, str] = field(default_factory=dict)
    status_changes: list[StatusChange] = field(default_factory=list)
    flags: dict[tuple[int, str, int], Flag] = field(default_factory=dict)
    rollovers: dict[str, Rollover] = field(default_factory=dict)
    keys: int = 0

    def new_key(self) -> int:
        """A key that was never given before."""
        self.keys += 1
        return self.keys

    def lead(self, request_id: int, key: int, via: str) -> None:
        """Lets an id that was replaced, named or asked for lead to an item."""
        self.history[request_id], self.via[request_id] = key, via

    def bearer(self, request_id: int) -> StoredItem | None:
        """The item whose current id this is."""
        return next((i for i in self.items.values() if i.record.request_id == request_id), None)

    def holder(self, request_id: int) -> StoredItem | None:
        """R2: the item that bears this id, or bore it; if only one of the two is live, that one."""
        bearer, bore = self.bearer(request_id), self.items.get(self.history.get(request_id, 0))
        if bearer is None or (bearer.is_removed and bore is not None and not bore.is_removed):
            return bore
        return bearer

    def ids_ever(self) -> set[int]:
        """Every id that was ever handed out and seen."""
        return set(self.history) | {item.record.request_id for item in self.items.values()}
