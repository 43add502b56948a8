"""A rollover of very many ids, with a registered table of the same size and a reader all the while."""

import pytest

from bench.rollover import prepare, roll_over, wrong_rows
from dcs_mirror.database.connections import connect
from tests.long.watching import watching

ROWS = 1_000_000


@pytest.mark.parametrize("rows", [5_000, pytest.param(ROWS, marks=pytest.mark.long)])
async def test_r2_r8_r9_every_id_is_renumbered_and_no_reader_sees_one_side_without_the_other(
    rows: int, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """R2, R8, R9: ids, history, feed and the registered column agree, during the rollover and after it."""
    async with connect(database) as connection:
        before = await prepare(connection, rows)
        async with watching(database, only_strays=True) as watch:
            seconds, outcomes = await roll_over(connection, before)
        wrong = await wrong_rows(connection, rows)
    with capsys.disabled():
        print(f"\n{rows:,} ids, read all the while: {seconds / before.bare:.2f} times a bare UPDATE")  # noqa: T201 - the ratio is what the long form is run for
    assert {outcome.outcome for outcome in outcomes} == {"complete"}
    assert sum(outcome.renumbered for outcome in outcomes) == rows
    assert watch.strays == 0
    assert watch.polls > 2, "nobody read while the rollover went on"
    assert wrong == 0
