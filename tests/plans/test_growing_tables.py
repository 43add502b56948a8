"""What a reconciliation reads of tables that grew since PostgreSQL last counted what they hold."""

from dcs_mirror.database.connections import Connection
from dcs_mirror.records import ContentItem
from tests.support.readings import HEI, apply_reading, item, reading

INSTITUTION_INDEX = "SELECT pg_stat_get_xact_tuples_returned('dcs_mirror.content_item_institution'::regclass)"

EARLIER_IDS = "SELECT count(*) FROM dcs.request_id_history WHERE hei_id = $1"


async def test_a_first_load_looks_each_item_up_by_itself_though_statistics_know_others_only(
    connection: Connection,
) -> None:
    """Else the time that it takes would grow with the square of the institution's size."""
    await apply_reading(connection, reading({"A": items(1_000, 300)}, hei_id=HEI + 1))
    await connection.execute("ANALYZE")
    async with connection.transaction():
        before = await connection.fetchval(INSTITUTION_INDEX)
        await apply_reading(connection, reading({"A": items(10_000, 1_000)}))
        assert await connection.fetchval(EARLIER_IDS, HEI) == 1_000
        read = await connection.fetchval(INSTITUTION_INDEX) - before
    assert read < 20 * 1_000


def items(first: int, count: int) -> list[ContentItem]:
    return [item(first + place, first + 100_000 + place) for place in range(count)]
