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


# Those that are never one, or are preceded by a text for one.
PLURALS = {
    "axcelerate/batch.py": "{MAX_CONSECUTIVE_FAILURES} rows",
    "cli/demo.py": "{program} accounts",
    "cli/progress.py": "{task.completed:.0f} rows",
    "descriptors.py": "{in_flight} calls",
    "doctor/workers.py": "{count} jobs",
    "jobs/begun.py": "{MOST_ATTEMPTS} workers",
    "reading.py": "{len(same)} courses {len(same)} requests {count} entries",
    "reconcile/apply.py": "{items} items",
    "reconcile/policy.py": "{live} rows",
    "requests/headings.py": "{len(places)} columns",
    "store/resume.py": "{RESUMABLE.total_seconds() / 3600:.0f} hours",
    "store/stale.py": "{rows} rows",
    "students/heading.py": "{len(others)} columns",
    "sync/crawl.py": "{len(by_code)} courses",
    "sync/listed_courses.py": "{len(several)} courses",
    "upstream/client.py": "{failures} calls {self._patience.times} calls",
    "upstream/second_look.py": "{UNUSABLE} calls",
    "web/dashboard/pages/june.py": "{total:,} institutions {total:,} institutions",
    "writes/batch.py": "{MAX_CONSECUTIVE_FAILURES} calls",
}
NOUNS = (
    "accounts|calls|cells|changes|codes|columns|content items|courses|entries|flags|hours|institutions|items"
    "|jobs|links|members|records|requests|rows|sheets|students|workers"
)


def test_a_count_of_one_has_its_noun_in_the_singular() -> None:
    """``counted`` says "1 row"; a text that holds the plural itself would say "1 rows"."""
    count = re.compile(rf"\{{[^{{}}]*\}} (?:{NOUNS})\b")
    found = {
        name(file): " ".join(count.findall(file.read_text(encoding="utf-8")))
        for file in PACKAGE.rglob("*.py")
    }
    assert {module: texts for module, texts in found.items() if texts} == PLURALS
