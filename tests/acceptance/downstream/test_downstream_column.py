"""The recipe of docs/downstream.md for a registered column, over a June."""

import shlex

from tests.acceptance.downstream.guide import HEI, OTHER, Downstream, Row, blocks, june


async def test_r9_a_registered_column_follows_june_and_nothing_else_is_touched(
    downstream: Downstream,
) -> None:
    """R9."""
    create, grant, register = blocks("Register the column")
    rehearse, clashes = blocks("In May: rehearse")
    (read,) = blocks("In June: nothing to do")
    await downstream.lists.execute(create)
    await downstream.lists.execute(
        "INSERT INTO lists.reading_list SELECT 'M1', hei_id, request_id FROM dcs.content_item"
        f" WHERE hei_id = {HEI} AND removed_at IS NULL"
    )
    old = "INSERT INTO lists.reading_list VALUES ($1, $2, $3)"
    await downstream.lists.execute(old, "M2", HEI, 2396577)
    await downstream.lists.execute(old, "M2", HEI, 7)
    await downstream.lists.execute(old, "M2", OTHER, 2396577)
    registered = shlex.split(register.splitlines()[0])[1:]
    refused = await downstream.dcs_mirror(*registered)
    assert (refused.code != 0, "lists" in refused.err) == (True, True)
    await downstream.lists.execute(grant)
    added, reconciled, listed = await downstream.shell(register)
    assert (added.code, reconciled.code, listed.code) == (0, 0, 0)
    assert "lists.reading_list.request_id: 1 row in" in reconciled.out
    assert "lists.reading_list.request_id: 1 row rewritten last, 1 row with ids never seen" in listed.out
    assert await _ids(downstream, "M2", HEI) == [7, 2400830]

    await downstream.lists.execute(old, "M1", HEI, 2396577)
    (clash,) = await downstream.ask(clashes)
    assert (clash["module"], clash["request_ids"]) == ("M1", [2396577, 2400830])
    (refused,) = await downstream.shell(rehearse)
    assert (refused.code, "duplicate key" in refused.out) == (1, True)
    await downstream.lists.execute(
        "DELETE FROM lists.reading_list WHERE module = 'M1' AND request_id = 2396577"
    )
    assert await downstream.ask(clashes) == []
    (rehearsed,) = await downstream.shell(rehearse)
    assert (rehearsed.code, "Nothing was changed." in rehearsed.out) == (0, True)

    before = await downstream.ask(read)
    versions = "SELECT ctid, xmin::text, * FROM lists.reading_list WHERE request_id = 7 OR hei_id <> 108"
    left_alone = await downstream.ask(versions)
    dropped = next(row for row in before if row["request_id"] != 2400830)
    await june(downstream, drop_items=[dropped["request_id"]])
    after = await downstream.ask(read)
    assert sorted(map(_place, after)) == sorted(map(_place, before))
    assert len(after) == await downstream.lists.fetchval("SELECT count(*) - 2 FROM lists.reading_list")
    assert await downstream.ask(versions) == left_alone
    removed = "SELECT item_key FROM dcs.content_item WHERE removed_at IS NOT NULL"
    gone = {row["item_key"] for row in await downstream.ask(removed)}
    changed = {row["item_key"] for row in _renumbered(before, after)}
    assert changed == {row["item_key"] for row in after} - gone
    assert dropped["item_key"] in gone
    assert len(changed) > 300


async def test_r9_a_column_that_failed_in_june_is_mended_by_reconciling(downstream: Downstream) -> None:
    """R9."""
    create, grant, register = blocks("Register the column")
    (read,) = blocks("In June: nothing to do")
    await downstream.lists.execute(create + grant)
    await downstream.lists.execute(f"INSERT INTO lists.reading_list VALUES ('M1', {HEI}, 2400830)")
    await downstream.shell(register)
    await downstream.lists.execute(f"INSERT INTO lists.reading_list VALUES ('M1', {HEI}, 2396577)")
    await june(downstream, outcome="partial")
    assert await _ids(downstream, "M1", HEI) == [2396577, 2400830]
    assert await downstream.lists.fetchval("SELECT dcs.current_request_id(2400830)") > 2400830
    reconcile, targets = (shlex.split(line)[1:] for line in register.splitlines()[1:])
    assert "duplicate key" in (await downstream.dcs_mirror(*targets)).out
    assert (await downstream.dcs_mirror(*reconcile)).code == 1
    await downstream.lists.execute("DELETE FROM lists.reading_list WHERE request_id = 2396577")
    assert (await downstream.dcs_mirror(*reconcile)).code == 0
    assert len(await downstream.ask(read)) == 1
    assert "duplicate key" not in (await downstream.dcs_mirror(*targets)).out


async def _ids(downstream: Downstream, module: str, hei_id: int) -> list[int]:
    query = "SELECT request_id FROM lists.reading_list WHERE module = $1 AND hei_id = $2 ORDER BY request_id"
    return [row["request_id"] for row in await downstream.lists.fetch(query, module, hei_id)]


def _place(row: Row) -> tuple[str, int]:
    return row["module"], row["item_key"]


def _renumbered(before: list[Row], after: list[Row]) -> list[Row]:
    ids = {_place(row): row["request_id"] for row in before}
    return [row for row in after if ids[_place(row)] != row["request_id"]]
