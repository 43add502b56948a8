"""A hold or an institution that is out of date is told once, until it ends."""

from datetime import timedelta

from dcs_mirror.database.connections import Connection
from dcs_mirror.reading import Content
from dcs_mirror.reconcile.outcome import InstitutionOutcome, record
from tests.support.readings import HEI, START, apply_reading, item, reading, start_run
from tests.support.receiver import Receiver
from tests.support.telling import entry, night, notify


async def hold(connection: Connection, number: int, error: str) -> None:
    at = START + timedelta(days=number)
    run_id = await start_run(connection, at)
    outcome = InstitutionOutcome(HEI, "held", courses=0, content_items=0, error=error)
    await record(connection, outcome, run_id=run_id, recorded_at=at, is_full=True)


async def test_a_hold_is_told_once_until_it_ends_with_the_command_that_releases_it(
    database: str, connection: Connection, library: Receiver
) -> None:
    told = entry(library.url, events=["held"])
    await night(connection, 0, "Active")
    for number in (1, 2):
        await hold(connection, number, "C3: 9 of 10 rows would be marked as removed")
        await notify(database, told, night=number)
    (document,) = library.taken
    assert document["data"]["rule"] == "C3"
    assert document["data"]["release"] == f"dcs-mirror sync --hei {HEI} --accept-removals"
    await night(connection, 3, "Active")
    await notify(database, told, night=3)
    await hold(connection, 4, "R7: the course list is of 2024-2025")
    await notify(database, told, night=4)
    assert [document["data"]["rule"] for document in library.taken] == ["C3", "R7"]


async def test_a_night_that_failed_ends_no_hold_and_one_that_finds_the_institution_withdrawn_does(
    database: str, connection: Connection, library: Receiver
) -> None:
    told = entry(library.url, events=["held"])
    await night(connection, 0, "Active")
    await hold(connection, 1, "C3: too many rows would be marked as removed")
    for number in range(1, 7):
        await notify(database, told, night=number)
        assert len(library.taken) == 1, f"night {number}"
        if number % 3:
            await end_otherwise(connection, number + 1, "failed")
        else:
            await hold(connection, number + 1, "C3: too many rows would be marked as removed")
    for number, outcome in (8, "unsubscribed"), (9, "failed"):
        await end_otherwise(connection, number, outcome)
        await notify(database, told, night=number)
    await hold(connection, 10, "R7: the course list is of 2024-2025")
    await end_otherwise(connection, 11, "failed")
    await notify(database, told, night=11)
    assert [document["data"]["rule"] for document in library.taken] == ["C3", "R7"]


async def end_otherwise(connection: Connection, number: int, outcome: str) -> None:
    """A night after which nothing is applied."""
    at = START + timedelta(days=number)
    run_id = await start_run(connection, at)
    await record(
        connection, InstitutionOutcome(HEI, outcome, error="no"), run_id=run_id, recorded_at=at, is_full=True
    )


async def test_a_stale_institution_is_told_once_until_it_is_fresh_again(
    database: str, connection: Connection, library: Receiver
) -> None:
    told = entry(library.url, events=["stale"])
    await night(connection, 0, "Active")
    for number in (1, 2, 3):
        await notify(database, told, night=number)
    assert len(library.taken) == 1
    await night(connection, 4, "Active")
    for number in (4, 6, 7):
        await notify(database, told, night=number)
    assert len(library.taken) == 2


async def refresh(connection: Connection, number: int) -> None:
    """A refresh of one course in the night after a reading of all, as `sync --course` does it."""
    what = reading({"B": [item(70)]}, night=number, is_full=False, list_complete=False)
    assert (await apply_reading(connection, what)).outcome in {"complete", "partial"}


async def test_a_refresh_of_one_course_neither_hides_nor_ends_nor_repeats_a_hold(
    database: str, connection: Connection, library: Receiver
) -> None:
    told = entry(library.url, events=["held"])
    await night(connection, 0, "Active")
    await hold(connection, 1, "C3: too many rows would be marked as removed")
    await refresh(connection, 1)
    for number in (1, 2, 3):
        await notify(database, told, night=number)
        assert [document["data"]["rule"] for document in library.taken] == ["C3"]
        await refresh(connection, number)
        await hold(connection, number + 1, "C3: too many rows would be marked as removed")
    await night(connection, 5, "Active")
    await notify(database, told, night=5)
    await hold(connection, 6, "R7: the course list is of 2024-2025")
    await refresh(connection, 6)
    await notify(database, told, night=6)
    assert [document["data"]["rule"] for document in library.taken] == ["C3", "R7"]


async def test_a_refresh_of_one_course_does_not_tell_again_that_an_institution_is_stale(
    database: str, connection: Connection, library: Receiver
) -> None:
    told = entry(library.url, events=["stale"])
    await night(connection, 0, "Active")
    await notify(database, told, night=2)
    await refresh(connection, 2)
    await notify(database, told, night=2)
    assert len(library.taken) == 1
    await apply_reading(connection, reading({"A": [item(10)], "B": Content.UNREAD}, night=3))
    await notify(database, told, night=3)
    assert len(library.taken) == 1
    await notify(database, told, night=6)
    assert len(library.taken) == 2
