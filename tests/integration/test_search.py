"""`dcs.search_items`: which items have the words in their titles, with the index of them and without."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from bench.questions import HEI, fill
from dcs_mirror.database.connections import Connection
from dcs_mirror.schema import contract, search
from tests.support.roles import entered_as, login_role
from tests.support.sessions import look

ITEM = """
INSERT INTO dcs_mirror.content_item (
    hei_id, request_id, title, subtitle, extract_title, first_seen_at, seen_at, changed_at)
VALUES (108, 7, $1, $2, $3, now(), now(), now())
"""
FOUND = [
    ("Contract Law", "contract law"),
    ("Contract Law", "LAW  contract"),
    ("Contract Law", "contract, law!"),
    ("Contract Law", "contr*"),
    ("Contract Law", "la* contract*"),
    ("Children's rights", "children's RIGHTS"),
    ("Children\N{RIGHT SINGLE QUOTATION MARK}s rights", "children's rights"),
    ("Rights of children", "of* children"),
    ("L\N{RIGHT SINGLE QUOTATION MARK}Étranger", "etranger"),
    ("Theorie", "Théorie"),
    ("The\N{COMBINING ACUTE ACCENT}orie", "théorie"),
    ("Gŵyl Ŵy a'r Môr", "gwyl môr wy"),
    ("Encyclopædia", "encyclopaedia"),
    ("Straße", "STRASSE"),
    ("Søren Łódź Þór", "soren lodz thor"),
    ("ὁ ΛΌΓΟΣ", "λόγος"),
    ("Уголовное ПРАВО Ёлка", "право елка"),
    ("民法总则", "民法"),
    ("民法总则", "总则"),
    ("한국어 문법", "문법"),
    ("الْكِتَاب", "الكتاب"),
    ("E-commerce and/or C++", "commerce or c"),
    ("\N{FULLWIDTH LATIN CAPITAL LETTER L}aw", "law"),
    ("Eco\N{SOFT HYPHEN}nomics", "economics"),
    ("Econo\N{ZERO WIDTH SPACE}mics", "economics"),
    ("Vitamin B₁₂", "b12"),
    ("Law *and* order", "and"),
    ("Half \N{EM DASH}here", "here"),
    ("x" * 3000, "x" * 3000),
    ("1984", "1984"),
]
NOT_FOUND = [
    ("Contract Law", "contract tort"),
    ("Contract Law", "contr"),
    ("Contract Law", "*tract"),
    ("Contract Law", "#108"),
    ("Contract Law", "108"),
    ("Contract Law", ""),
    ("Contract Law", "*"),
    ("Contract Law", " & | ! ' \\ :* () <-> "),
    ("Contract Law", None),
    (None, "contract"),
    ("", "contract"),
    ("a b " * 600 + "late", "late"),
]


@pytest.mark.parametrize("with_index", [False, True], ids=["without the index", "with it"])
async def test_the_words_of_titles_are_found_however_they_are_written(
    database: str, connection: Connection, *, with_index: bool
) -> None:
    await search.arrange(database, wanted=with_index)
    if with_index:
        await connection.execute("SET enable_seqscan = off")
    for cases, is_found in ((FOUND, True), (NOT_FOUND, False)):
        for title, words in cases:
            await connection.execute("DELETE FROM dcs_mirror.content_item")
            await connection.execute(ITEM, title, None, None)
            found = await connection.fetch("SELECT i.title FROM dcs.search_items($1) AS i", words)
            assert [row["title"] for row in found] == [title] * is_found, (title, words)


@pytest.mark.parametrize("with_index", [False, True], ids=["without the index", "with it"])
async def test_the_words_may_stand_in_any_of_the_titles_and_change_with_them(
    database: str, connection: Connection, *, with_index: bool
) -> None:
    await search.arrange(database, wanted=with_index)
    await connection.execute(ITEM, "Principles", "a casebook", "Offer")
    found = "SELECT count(*) FROM dcs.search_items('offer principles casebook', $1)"
    assert await connection.fetchval(found, 108) == 1
    assert await connection.fetchval(found, None) == 1
    assert await connection.fetchval(found, 109) == 0
    await connection.execute("UPDATE dcs_mirror.content_item SET extract_title = 'Acceptance'")
    assert await connection.fetchval(found, 108) == 0


@pytest.fixture
async def reader(database: str, connection: Connection) -> AsyncIterator[tuple[str, Connection]]:
    await fill(connection, 2_000)
    async with login_role(connection, "library") as role:
        await contract.add_reader(connection, role, [HEI, HEI + 1])
        async with look(entered_as(database, role)) as session:
            yield f"dcs_{role}", session


@pytest.mark.parametrize("with_index", [False, True], ids=["without the index", "with it"])
async def test_a_reader_of_single_institutions_finds_in_those_and_no_other(
    reader: tuple[str, Connection], database: str, connection: Connection, *, with_index: bool
) -> None:
    schema, session = reader
    await search.arrange(database, wanted=with_index)
    everything = await connection.fetch(
        "SELECT i.* FROM dcs.search_items('contract') AS i ORDER BY i.item_key"
    )
    own = [row for row in everything if row["hei_id"] in {HEI, HEI + 1}]
    asked = f"SELECT i.* FROM {schema}.search_items($1, $2) AS i ORDER BY i.item_key"
    assert 0 < len(own) < len(everything)
    assert await session.fetch(asked, "contract", None) == own
    assert await session.fetch(asked, "contract", HEI) == [row for row in own if row["hei_id"] == HEI]
    assert await session.fetch(asked, "contract", 1) == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await session.fetch("SELECT FROM dcs.search_items('contract')")


async def test_what_a_reader_writes_is_not_run_with_the_rights_of_the_owner(
    reader: tuple[str, Connection], connection: Connection
) -> None:
    """Nothing that the session has under the names that the search uses comes before the server's own."""
    schema, session = reader
    await session.execute(
        "CREATE TEMPORARY TABLE content_item AS SELECT 1 AS hei_id;"
        " CREATE FUNCTION pg_temp.words(text) RETURNS text[] LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'run as %', current_user; END $$;"
        " SET search_path = pg_temp, pg_catalog"
    )
    assert await session.fetch(f"SELECT FROM {schema}.search_items('contract')")
    runs_as_owner = await connection.fetch(
        "SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = $1::regnamespace AND p.prosecdef"
        " AND NOT p.proconfig @> ARRAY['search_path=pg_catalog, pg_temp']",
        schema,
    )
    assert runs_as_owner == []
