"""What a command reports that ends early: all that was done, if it began at all."""

from collections.abc import Callable

import pytest

from dcs_mirror.cli.program import run_reported
from dcs_mirror.errors import DatabaseUnavailable
from dcs_mirror.writes.batch import BatchReport, Row


async def fails(
    begun: Callable[[BatchReport[Row]], None], report: BatchReport[Row] | None
) -> BatchReport[Row]:
    if report is not None:
        begun(report)
        report.requests = 7
    raise DatabaseUnavailable("gone")


def test_a_failure_keeps_the_report_of_what_was_done_before() -> None:
    report = run_reported(lambda begun: fails(begun, BatchReport()), go_on="")
    assert (report.requests, str(report.error)) == (7, "gone")
    first = BatchReport[Row](error=DatabaseUnavailable("the first"))
    assert str(run_reported(lambda begun: fails(begun, first), go_on="").error) == "the first"


def test_a_failure_before_the_beginning_is_raised() -> None:
    with pytest.raises(DatabaseUnavailable, match="gone"):
        run_reported(lambda begun: fails(begun, None), go_on="")
