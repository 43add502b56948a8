"""The steps of a scenario: tables given, nights, and what must be seen after them."""

from dataclasses import dataclass, field
from datetime import datetime

from dcs_mirror.reading import Content
from dcs_mirror.records import ContentItem
from tests.scenarios.markdown import Row
from tests.support.readings import HEI


@dataclass(frozen=True, slots=True)
class Given:
    """A downstream table with rows, registered by ``column``; without one, more rows of such a table."""

    place: str
    table: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    column: str | None = None
    hei_column: str | None = None
    is_unique: bool = False


@dataclass(frozen=True, slots=True)
class CourseAnswer:
    """A course as the list and its content answer show it in one night."""

    code: str
    id: int
    status: str
    content: Content
    items: list[ContentItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LookUpAnswer:
    """The answer for one request id; no item if it is gone, or if ``answered`` is false."""

    request_id: int
    item: ContentItem | None
    course: str | None
    answered: bool


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the mirror must take a row for: the name of an item or of a course, or None for neither."""

    row: Row
    name: str | None
    request_id: int | None = None
    course: str | None = None


@dataclass(slots=True)
class Night:
    """One institution's reading of one night, and what must become of it."""

    row: Row
    at: datetime
    hei_id: int = HEI
    year: str = "2025-2026"
    reading: str = "sync"
    list_complete: bool = True
    guard: float = 1.0
    accept: str = ""
    order: int | None = None
    courses: dict[str, CourseAnswer] = field(default_factory=dict)
    look_ups: list[LookUpAnswer] = field(default_factory=list)
    recognised: list[Recognised] = field(default_factory=list)
    outcome: str = "complete"

    @property
    def expects(self) -> bool:
        """Whether the night itself says what must become of it."""
        return bool(self.recognised) or "→ outcome" in self.row.cells


@dataclass(frozen=True, slots=True)
class Then:
    """What a view, a downstream table (``is_table``) or the list of registered columns shows."""

    place: str
    source: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    is_table: bool = False


Step = Given | Night | Then
