"""The lines that a person reads after a run."""

from dcs_mirror.cli.report import summary
from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.sync.report import Report


def test_all_large_figures_of_a_run_are_written_alike() -> None:
    outcome = InstitutionOutcome(108, "complete", courses=1250, content_items=12345, added=1904, removed=7)
    lines = summary(Report(1, requests=1300, seconds=2.0, institutions=[outcome])).splitlines()
    assert lines[1] == (
        "1,250 courses, 12,345 content items, 1,904 added, 0 changed, 7 removed, 0 renumbered, 0 flagged "
        "(1,300 requests, 2.0 s)"
    )
