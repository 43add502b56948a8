"""The tables of docs/faults.md, made of what the fault cases did."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support.fault_cases import CASES, Case
from tests.support.fault_harness import CLEAN, Seen, stage

METHODS = ("GetInstitutions", "GetCourses", "GetCourseContent")
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
PASSING = "passing"

# What may differ between faults that come to the same.
_ALIKE = {r"HTTP (\d)\d\d [^;:,]+": r"HTTP \1xx …", r"code \d": "code …"}
_SEVERAL_TIMES = 2


async def tables(database: str, method: str) -> dict[str, str]:
    """Plays every case on a method, in the migrated, empty database at the address ``database``.

    Returns:
        The method's table under its name; under ``PASSING`` the one of what passes by itself, which is
        the same for every method.
    """
    seen: dict[Case, Seen] = {}
    passing: list[Case] = []
    async with stage(database, method) as prepared:
        for case in CASES:
            seen[case] = await prepared.play(case)
            if seen[case] == CLEAN:
                continue
            again = await prepared.play(case, _SEVERAL_TIMES)
            assert again in (CLEAN, seen[case]), (case, again)
            if again == CLEAN:
                passing.append(case)
    return {method: _table(seen), PASSING: _passing(passing)}


def with_table(page: str, name: str, table: str) -> str:
    """The page with a table in place of the one between the marks of that name."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, begun, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    assert (begun, ended) == (begin, end), f"{PAGE.name} has no place for {name}"
    return f"{before}{begin}\n{table}\n{end}{after}"


def told(page: str, method: str, case: Case) -> str:
    """What the page says that a case does: the beginning of its row, as :func:`said` writes it."""
    _, _, table = page.partition(f"<!-- {method} -->\n")
    rows = table.partition(f"<!-- end of {method} -->\n")[0].splitlines()
    (row,) = (row for row in rows if case.variant in _variants(row, case.kind))
    return row.rpartition(" | `")[0]


def said(seen: Seen) -> set[str]:
    """How the page may say what was seen: exactly, or as what cases that come to the same have in common."""
    return {_row(_cells(shown)).removesuffix(" |") for shown in (seen, _general(seen))}


def _variants(row: str, kind: str) -> list[str]:
    (cases,) = re.findall(rf"(?:\| |; )`{re.escape(kind)}` ?([^;|]*?)(?:;| \|)", row) or [""]
    return cases.split(", ") if f"`{kind}`" in row else []


def _cells(shown: Seen) -> list[str]:
    return [str(shown.exit_code), shown.outcome or "none", shown.line or "none", shown.landed]


def _table(seen: Mapping[Case, Seen]) -> str:
    alike: dict[Seen, list[Case]] = defaultdict(list)
    for case, what in seen.items():
        alike[_general(what)].append(case)
    lines = ["| exit | outcome | the line | what landed | faults |", "| --- | --- | --- | --- | --- |"]
    for what, cases in sorted(alike.items(), key=lambda row: (row[0].exit_code, row[0].line, row[0].landed)):
        exact = {seen[case] for case in cases}
        shown = exact.pop() if len(exact) == 1 else what
        lines.append(_row([*_cells(shown), _named(cases)]))
    return "\n".join(lines) + "\n"


def _passing(cases: Iterable[Case]) -> str:
    return f"| exit | the line | faults |\n| --- | --- | --- |\n| 0 | none | {_named(cases)} |\n"


def _general(what: Seen) -> Seen:
    """The same without what tells apart faults that come to the same."""
    line = what.line
    for pattern, general in _ALIKE.items():
        line = re.sub(pattern, general, line)
    return Seen(what.exit_code, what.outcome, line, what.landed)


def _named(cases: Iterable[Case]) -> str:
    variants: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        variants[case.kind].append(case.variant)
    return "; ".join(f"`{kind}` {', '.join(which)}".rstrip() for kind, which in variants.items())


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "&#124;") for cell in cells) + " |"
