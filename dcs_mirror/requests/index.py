"""Requests by what those that ask for the same have in common, so that each is compared with few. No I/O."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, TypeAlias, TypeVar

from dcs_mirror.writes.duplicates import Work
from dcs_mirror.writes.spelling import folded_code

T = TypeVar("T")
Key: TypeAlias = tuple[str, ...]


class RequestIndex(Generic[T]):
    """Finds requests of an institution that ask for the same as another (A6)."""

    def __init__(self) -> None:
        self._by_work: dict[Key, list[tuple[Work, T]]] = defaultdict(list)
        self._by_extract: dict[Key, list[tuple[Work, T]]] = defaultdict(list)

    def add(self, course_code: str | None, work: Work, item: T) -> None:
        """Add a request of a course, or of none; ``item`` is returned if it is found."""
        for name in _names(course_code, work):
            self._by_work[name].append((work, item))
            for extract in _extracts(work):
                self._by_extract[name + extract].append((work, item))

    def repeated_by(self, course_code: str | None, work: Work) -> Iterator[T]:
        """Yield what :meth:`Work.repeats` of the same course, some of it several times."""
        for name in _names(course_code, work):
            for extract in _sought(work):
                alike = self._by_extract.get(name + extract, ())
                yield from (item for other, item in alike if work.repeats(other))

    def maybe_same(self, course_code: str | None, work: Work) -> Iterator[T]:
        """Yield what :meth:`Work.is_same` of the same course, some of it several times."""
        for name in _names(course_code, work):
            yield from (item for other, item in self._by_work.get(name, ()) if work.is_same(other))


def _names(course_code: str | None, work: Work) -> list[Key]:
    """Return keys of which two requests of one course share one if :meth:`Work.is_of` holds."""
    course, folded = folded_code(course_code or ""), work.folded
    named = (("title", folded.title), ("isn", folded.isn))
    return [(course, field, name) for field, name in named if name is not None]


def _extracts(work: Work) -> list[Key]:
    """Return the keys under which the extract of a request is found, see :meth:`Work.repeats`."""
    pages, title = work.folded.page_range, work.folded.extract_title
    found: list[Key] = [] if pages is None else [("pages", pages)]
    if title is not None:
        found.append(("title" if pages is None else "title beside pages", title))
    return found or [("all",)]


def _sought(work: Work) -> list[Key]:
    """Return the keys of extracts that may be the same: titles count if one of both has no pages."""
    pages, title = work.folded.page_range, work.folded.extract_title
    sought: list[Key] = [] if pages is None else [("pages", pages)]
    if title is not None:
        sought.append(("title", title))
        if pages is None:
            sought.append(("title beside pages", title))
    return sought or [("all",)]
