"""A rollover of very many ids, with a registered table of the same size and a reader all the while."""

import pytest

from dcs_mirror.store.database import Connection
from tests.long.rollover import ROWS, measure, wrong_rows


@pytest.mark.parametrize("rows", [20_000, pytest.param(ROWS, marks=pytest.mark.long)])
async def test_every_id_is_renumbered_and_no_reader_sees_one_side_without_the_other(
    rows: int, database: str, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """R2, R8, R9: ids, history, feed and the registered column agree, during the rollover and after it."""
    figures = await measure(database, rows)
    with capsys.disabled():
        print(f"\n{figures}")  # noqa: T201 - the ratio is what the long form is run for
    assert {outcome.outcome for outcome in figures.outcomes} == {"complete"}
    assert sum(outcome.renumbered for outcome in figures.outcomes) == rows
    assert figures.watch.strays == 0
    assert figures.watch.polls > 2, "nobody read while the rollover went on"
    assert await wrong_rows(connection, rows) == 0
