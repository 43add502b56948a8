"""Text from outside reaches a terminal, a log and a spreadsheet through one door each."""

import re
from pathlib import Path

from tests.structure.sql_access import PACKAGE

GUARD = "cli/terminal.py"
REPORT = "cli/report.py"
PROGRAM = "cli/program.py"


def users_of(pattern: str) -> set[str]:
    """Return the modules whose code matches."""
    return {
        name(file)
        for file in PACKAGE.rglob("*.py")
        if re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE)
    }


def name(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def test_nothing_is_printed_past_the_guard_of_the_output() -> None:
    assert users_of(r"\bConsole\((?!self)") == {GUARD}
    assert users_of(r"\bunguarded_output\(") == {GUARD, REPORT}
    assert users_of(r"^\s*print\(|sys\.__std|std(out|err)\.buffer|os\.write\(") == set()
    assert users_of(r"^\s+guard_output\(\)$") == {"cli/__init__.py"}


def test_one_place_sets_the_log_up_and_one_writes_csv() -> None:
    assert users_of(r"structlog\.configure\(") == {PROGRAM}
    assert users_of(r"logging\.(basicConfig|StreamHandler)") == set()
    assert users_of(r"csv\.(writer|DictWriter)\(") == {"csv_text.py"}
