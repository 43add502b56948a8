"""A change of status has the interval in which it happened (S1)."""

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content
from tests.support.readings import apply_reading, item, reading


async def test_s1_a_status_change_has_the_interval_in_which_it_happened(connection: Connection) -> None:
    await apply_reading(connection, reading({"A": [item(10)], "B": []}))
    await apply_reading(connection, reading({"A": Content.UNREAD, "B": []}, night=1))
    await apply_reading(connection, reading({"A": [item(10, content_status="Pending")], "B": []}, night=2))
    row = await connection.fetchrow("SELECT * FROM dcs.status_change")
    assert row is not None
    assert (row["from_status"], row["to_status"]) == ("Active", "Pending")
    # The night between could not read the course: the old status was last seen in the first.
    assert (row["observed_at"] - row["last_seen_at"]).days == 2


async def test_s1_a_night_that_changed_nothing_counts_as_having_seen_the_status(
    connection: Connection,
) -> None:
    await apply_reading(connection, reading({"A": [item(10)]}))
    await apply_reading(connection, reading({"A": Content.UNCHANGED}, night=1))
    await apply_reading(connection, reading({"A": [item(10, content_status="Pending")]}, night=2))
    row = await connection.fetchrow("SELECT observed_at - last_seen_at AS length FROM dcs.status_change")
    assert row is not None
    assert row["length"].days == 1
