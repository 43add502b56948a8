"""The progress of a run: bars on a terminal, log lines elsewhere. All on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from dcs_mirror.cli.terminal import console
from dcs_mirror.plain_text import one_line

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from dcs_mirror.axcelerate.batch import RowCallback, RowReport
    from dcs_mirror.reconcile.outcome import InstitutionOutcome
    from dcs_mirror.sync.report import Progress
    from dcs_mirror.writes.batch import BatchProgress, E, SentEntry

log = structlog.get_logger()


@contextmanager
def shown(*, quiet: bool = False) -> "Iterator[Progress | None]":
    """Yield a display of a sync's progress; None, which shows nothing, if it is to be ``quiet``."""
    if quiet:
        yield None
        return
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:
        yield _Bars(bar)


class _Lines:
    """A log line for every institution that was applied or failed."""

    def began(self, institutions: int) -> None:
        log.info("reading", institutions=institutions)

    def opened(self, hei_id: int, courses: int) -> None:
        log.debug("opened", hei_id=hei_id, courses=courses)

    def answered(self) -> None:
        """Log nothing: courses are too many for a line each."""

    def landed(self, outcome: "InstitutionOutcome") -> None:
        write_line = log.info if outcome.error is None else log.warning
        write_line(
            "landed",
            hei_id=outcome.hei_id,
            outcome=outcome.outcome,
            courses=outcome.courses,
            content_items=outcome.content_items,
            added=outcome.added,
            changed=outcome.changed,
            removed=outcome.removed,
            renumbered=outcome.renumbered,
            flagged=outcome.flagged,
            quarantined=outcome.quarantined,
            courses_changed=outcome.courses_changed,
            **({} if outcome.error is None else {"error": outcome.error}),
        )


class _Bars:
    """Two bars: institutions that are finished, and courses whose content was read."""

    def __init__(self, bar: "Bar") -> None:
        self._bar = bar
        self._institutions = bar.add_task("institutions", total=None)
        self._courses = bar.add_task("courses", total=0)
        self._courses_known = 0

    def began(self, institutions: int) -> None:
        self._bar.update(self._institutions, total=institutions)

    def opened(self, hei_id: int, courses: int) -> None:  # noqa: ARG002 - one bar for all institutions
        self._courses_known += courses
        self._bar.update(self._courses, total=self._courses_known)

    def answered(self) -> None:
        self._bar.advance(self._courses)

    def landed(self, outcome: "InstitutionOutcome") -> None:
        self._bar.advance(self._institutions)
        if outcome.error is not None:
            self._bar.console.print(
                one_line(f"institution {outcome.hei_id} {outcome.outcome}: {outcome.error}"),
                markup=False,
                style="yellow",
            )


@contextmanager
def rows_shown() -> "Iterator[RowCallback]":
    """Yield a function that shows each finished row: a count on a terminal, elsewhere a line if it failed."""
    if not sys.stderr.isatty():
        yield _row_line
        return
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.completed:.0f} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:
        rows = bar.add_task("rows", total=None)
        yield lambda _: bar.advance(rows)


def _row_line(row: "RowReport") -> None:
    if row.error is not None:
        log.warning("row failed", row=row.row, outcome=row.outcome, error=row.error)


@contextmanager
def writes_shown(what: str) -> "Iterator[BatchProgress]":
    """Yield a display of a push's progress: a bar on a terminal, elsewhere a line for each failure."""
    if not sys.stderr.isatty():
        yield _WriteLines(what)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:
        yield _WriteBar(bar, what)


class _WriteLines:
    """A log line at the beginning, and one for each call that failed."""

    def __init__(self, what: str) -> None:
        self._what = what

    def began(self, total: int) -> None:
        log.info("sending", what=self._what, rows=total)

    def landed(self, sent: "SentEntry[E]") -> None:
        if sent.error is not None:
            log.warning("row failed", course=sent.entry.course_code, outcome=sent.outcome, error=sent.error)


class _WriteBar:
    """A bar that counts the calls."""

    def __init__(self, bar: "Bar", what: str) -> None:
        self._bar = bar
        self._calls = bar.add_task(what, total=None)

    def began(self, total: int) -> None:
        self._bar.update(self._calls, total=total)

    def landed(self, sent: "SentEntry[E]") -> None:  # noqa: ARG002 - the report shows the outcome
        self._bar.advance(self._calls)
