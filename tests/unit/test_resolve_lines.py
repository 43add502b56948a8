"""What `dcs-mirror resolve` says of an id to a person."""

import contextlib
from datetime import UTC, datetime

import pytest
import typer

from dcs_mirror.cli import resolve
from dcs_mirror.downstream.ids import Resolved

REMOVED = datetime(2026, 6, 9, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Resolved(1, 108, 2, None, None), "1 -> 2"),
        (Resolved(1, None, None, None, None), "1 -> unknown"),
        (
            Resolved(1, 108, 1, REMOVED, "removed"),
            "1 -> 1 (removed: not listed by the DCS since 2026-06-09 01:00 UTC)",
        ),
        (
            Resolved(1, 108, 2, None, "course-archived"),
            "1 -> 2 (a student cannot open it: course-archived)",
        ),
    ],
)
def test_an_id_that_leads_nowhere_a_student_can_go_is_said_so(
    found: Resolved, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dcs_mirror.cli.resolve.with_mirror", lambda _: [found])
    unknown = found.current_request_id is None
    with pytest.raises(typer.Exit) if unknown else contextlib.nullcontext():
        resolve.resolve([1], hei=None, json=False)
    assert capsys.readouterr().out == f"{said}\n"
