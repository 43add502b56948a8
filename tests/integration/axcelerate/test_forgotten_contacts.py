"""`prune` forgets whose unit updates a file held, and the file is still not sent a second time (A6)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import (
    RecordSizes,
    RunningSandbox,
    Sizes,
    build_records,
    build_world,
    running_sandbox,
)
from tests.support.axcelerate import file_of, updates
from tests.support.command import CommandLine, command_line


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    """An aXcelerate with 25 unit enrolments."""
    records = build_records(["HIS 1"], RecordSizes(contacts=5, classes_each=1))
    async with running_sandbox(build_world(Sizes(1, 1, 1)), records=records) as running:
        yield running


@pytest.fixture
def dcs_mirror(tmp_path: Path, sandbox: RunningSandbox, database: str) -> CommandLine:
    return command_line(tmp_path, database=database).but(
        AXCELERATE_URL=sandbox.axcelerate_url,
        AXCELERATE_API_TOKEN="sandbox",
        AXCELERATE_WS_TOKEN="sandbox",
        AXCELERATE_RATE="0",
    )


async def test_a6_a_file_whose_contacts_were_forgotten_is_not_sent_a_second_time(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, tmp_path: Path, connection: Connection
) -> None:
    """Rows that may have been accepted keep their contacts; everything of a newer file stays."""
    lines = file_of(sandbox.records).split(b"\n")
    (tmp_path / "old.csv").write_bytes(b"\n".join(lines[:11]))
    (tmp_path / "new.csv").write_bytes(b"\n".join([lines[0], *lines[11:14]]))
    old, later = (dcs_mirror.but(DCS_NOW=f"{day}T12:00:00Z") for day in ("2026-01-05", "2026-04-06"))
    assert (await old("axcelerate", "update-units", "old.csv")).code == 0
    assert (await later("axcelerate", "update-units", "new.csv")).code == 0
    await connection.execute(
        "UPDATE dcs_mirror.unit_update"
        " SET state = CASE row_number WHEN 2 THEN 'unanswered' ELSE 'refused' END,"
        " error = 'no such contact' WHERE row_number < 4 AND answered_at < '2026-02-01'"
    )
    kept = "SELECT state, count(*), count(contact_id), count(competent), count(error)"
    kept += " FROM dcs_mirror.unit_update GROUP BY state ORDER BY state"
    before = await connection.fetch(kept)
    for more in (("--dry-run",), ()):
        assert await connection.fetch(kept) == before
        pruned = (await later("prune", *more, "--json")).json
        assert pruned["forgotten"]["unit_updates"] == 9, "one of ten has no answer"
    assert [tuple(row) for row in await connection.fetch(kept)] == [
        ("applied", 11, 3, 3, 0),
        ("refused", 1, 0, 0, 0),
        ("unanswered", 1, 1, 1, 1),
    ]
    again = await later("axcelerate", "update-units", "old.csv")
    assert (again.code, "8 applied earlier" in again.out) == (0, True), again
    assert (await later("prune", "--json")).json["forgotten"]["unit_updates"] == 0
    assert updates(sandbox.records) == {1: 12, 2: 1, 0: 12}
