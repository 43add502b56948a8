"""What log lines look like on a terminal."""

import io
import re

import pytest
import structlog

from dcs_mirror.cli.program import set_up_log


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_times_on_a_terminal_have_their_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    set_up_log()
    try:
        structlog.get_logger().warning("one thing")
    finally:
        structlog.reset_defaults()
    assert re.fullmatch(r"\d\d:\d\d:\d\d[+-]\d{4} \[warning *\] one thing *\n", terminal.getvalue())
