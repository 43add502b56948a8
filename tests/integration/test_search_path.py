"""Nothing that others create in the database runs with the mirror's rights, and no defaults change it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from dcs_mirror.database.connections import SEARCH_PATH, Connection, connect, create_pool
from dcs_mirror.sandbox import RunningSandbox, Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.support.command import CommandLine, command_line
from tests.support.control import control
from tests.support.roles import entered_as, login_role

# What fits better than the server's own function or operator, or has the name of one of the mirror's tables.
PLANTS = """
CREATE SEQUENCE public.planted;
CREATE FUNCTION public.noted(name text) RETURNS bigint LANGUAGE sql VOLATILE AS
    $$ SELECT pg_catalog.nextval('public.planted') $$;
GRANT ALL ON public.planted TO PUBLIC;
CREATE FUNCTION public.jsonb_build_array(text, text) RETURNS jsonb LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('a'); RETURN '[]'; END $$;
CREATE FUNCTION public.jsonb_build_array(bigint, bigint) RETURNS jsonb LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('b'); RETURN '[]'; END $$;
CREATE FUNCTION public.to_jsonb(text) RETURNS jsonb LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('c'); RETURN '{}'; END $$;
CREATE FUNCTION public.format(text, text, text, text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('d'); RETURN ''; END $$;
CREATE FUNCTION public.format(text, name, name) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('e'); RETURN ''; END $$;
CREATE FUNCTION public.unnest(bigint[]) RETURNS SETOF bigint LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('f'); END $$;
CREATE FUNCTION public.unnest(integer[]) RETURNS SETOF integer LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('g'); END $$;
CREATE FUNCTION public.concat_ws(text, text, text) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('h'); RETURN ''; END $$;
CREATE FUNCTION public.hashtext(varchar) RETURNS integer LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('i'); RETURN 0; END $$;
CREATE FUNCTION public.sum_of(state bigint, more bigint) RETURNS bigint LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('j'); RETURN 0; END $$;
CREATE AGGREGATE public.array_agg(bigint) (SFUNC = public.sum_of, STYPE = bigint);
CREATE FUNCTION public.equal(text, varchar) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('k'); RETURN false; END $$;
CREATE OPERATOR public.= (FUNCTION = public.equal, LEFTARG = text, RIGHTARG = varchar);
CREATE FUNCTION public.equal(name, varchar) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('l'); RETURN false; END $$;
CREATE OPERATOR public.= (FUNCTION = public.equal, LEFTARG = name, RIGHTARG = varchar);
CREATE FUNCTION public.joined(text, bigint) RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('m'); RETURN ''; END $$;
CREATE OPERATOR public.|| (FUNCTION = public.joined, LEFTARG = text, RIGHTARG = bigint);
CREATE FUNCTION public.equal(bigint, numeric) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('n'); RETURN false; END $$;
CREATE OPERATOR public.= (FUNCTION = public.equal, LEFTARG = bigint, RIGHTARG = numeric);
CREATE FUNCTION public.react() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.noted('o'); RETURN NULL; END $$;
"""
TABLES = (
    *("content_item", "course", "institution", "change", "target", "request_id", "alembic_version"),
    *("staged_course", "staged_item", "item_match", "staged_miss", "rewritten_id", "pending_change"),
)


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=4, items=4), seed=3)) as running:
        yield running


@pytest.fixture
def dcs_mirror(empty_database: str, sandbox: RunningSandbox, tmp_path: Path) -> CommandLine:
    return command_line(tmp_path, sandbox, empty_database)


async def plant(admin: Connection, url: str, stranger: str) -> None:
    """Plant them as a role that may create things in ``public``, as everybody could before PostgreSQL 15."""
    await admin.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    session = await asyncpg.connect(entered_as(url, stranger))
    await session.execute(PLANTS)
    for table in TABLES:
        await session.execute(
            f"CREATE TABLE public.{table} (hei_id integer, request_id bigint, item_key bigint);"
            f"CREATE TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON public.{table}"
            " EXECUTE FUNCTION public.react(); GRANT ALL ON public." + table + " TO PUBLIC"
        )
    await session.close()


async def test_what_a_stranger_plants_runs_in_no_command(
    dcs_mirror: CommandLine, sandbox: RunningSandbox, empty_database: str, template: str
) -> None:
    hei = (await control(sandbox, "state"))["institutions"][0]["id"]
    admin = await asyncpg.connect(empty_database)
    ran = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.planted"
    async with login_role(admin, "dcs_stranger") as stranger:
        await plant(admin, empty_database, stranger)
        await admin.execute("CREATE SCHEMA lists; CREATE TABLE lists.reading (hei integer, request_id text)")

        async def done(when: str, *command: str) -> None:
            finished = await dcs_mirror.but(DCS_NOW=when)(*command)
            assert finished.code == 0, (command, finished)
            assert await admin.fetchval(ran) == 0, command

        await done("2026-05-20", "migrate")
        await done("2026-05-20", "sync")
        await admin.execute(
            "INSERT INTO lists.reading SELECT hei_id, request_id FROM dcs_mirror.content_item"
        )
        await admin.fetchval("SELECT setval('public.planted', 1, false)")
        await done("2026-05-20", "targets", "add", "lists.reading", "request_id", "--hei-column", "hei")
        await done("2026-05-20", "rehearse-rollover", str(hei))
        await done("2026-05-20", "doctor")
        await control(sandbox, "rollover", hei=hei, new_course_ids=True, without_previous_id=0.3)
        await control(sandbox, "random-edits", count=40, seed=5)
        await done("2026-06-20", "sync")
        await control(sandbox, "recheck", hei=hei, kind="pending", share=0.9)
        await done("2026-08-04", "sync")
        await done("2026-08-04", "sync")
        await done("2026-08-04", "reconcile")
        await done("2026-08-04", "migrate")
        await done("2026-08-04", "restored")
        for command in (("status",), ("targets", "list"), ("flags",), ("calls",), ("quarantine",)):
            await done("2026-08-04", *command)
        await done("2026-08-04", "targets", "remove", "lists.reading", "request_id")
        await done("2026-08-04", "purge", str(hei), "--yes-delete", str(hei))
        assert await admin.fetchval("SELECT count(*) FROM dcs.rollover") == 0
        await admin.fetchval("SELECT jsonb_build_array('a'::text, 'b'::text)")
        assert await admin.fetchval(ran) == 1, "a session that looks in public runs what is there"
    await admin.close()


async def test_every_session_has_the_mirrors_search_path_also_after_code_of_others(database: str) -> None:
    async with connect(database) as session:
        assert await session.fetchval("SHOW search_path") == SEARCH_PATH
    async with create_pool(database) as pool:
        async with pool.acquire() as session:
            await session.execute("SET search_path = public; SET datestyle = 'German, DMY'")
        async with pool.acquire() as session:
            assert await session.fetchval("SHOW search_path") == SEARCH_PATH
            assert await session.fetchval("SHOW datestyle") == "ISO, YMD"
    seen: list[str] = []
    await migrate.run_in_transaction(
        database, lambda c: seen.append(str(c.exec_driver_sql("SHOW search_path").scalar()))
    )
    assert seen == [SEARCH_PATH]


async def test_every_function_of_the_mirror_finds_its_names_by_itself(connection: Connection) -> None:
    """By a search_path of its own, by a body that was parsed when it was made, or by the names' schemas."""
    rows = await connection.fetch(
        "SELECT p.oid::regprocedure::text AS name, p.prosrc AS body FROM pg_proc AS p"
        " WHERE p.pronamespace IN ('dcs'::regnamespace, 'dcs_mirror'::regnamespace)"
        " AND p.prosqlbody IS NULL AND NOT coalesce(p.proconfig::text ~ 'search_path', false)"
    )
    assert [row["name"] for row in rows] == ["dcs_mirror.difference(text,anyelement,anyelement)"]
    (body,) = (row["body"] for row in rows)
    rest = body.replace("OPERATOR(pg_catalog.=)", "").replace("OPERATOR(pg_catalog.||)", "")
    assert not set("=<>|~") & set(rest)
    assert "DISTINCT" not in rest
    assert "pg_catalog.jsonb_build_array(" in rest
    await connection.execute(
        "CREATE FUNCTION public.jsonb_build_array(text, text) RETURNS jsonb"
        " LANGUAGE sql AS 'SELECT null::jsonb'"
    )
    same, other, null = await connection.fetchrow(
        "SELECT dcs_mirror.difference('a', 1, 1), dcs_mirror.difference('a', 'x'::text, NULL),"
        " dcs_mirror.difference('a', NULL::text, NULL)"
    ) or (1, 1, 1)
    assert (same, other, null) == (None, '"a":["x", null]', None)


STRANGE = {
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "timezone": "Asia/Tokyo",
    "bytea_output": "escape",
    "extra_float_digits": "-5",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "default_transaction_isolation": "serializable",
    "client_encoding": "LATIN1",
    "array_nulls": "off",
    "row_security": "on",
}


async def test_the_defaults_of_a_role_or_a_database_change_nothing(
    dcs_mirror: CommandLine, empty_database: str, sandbox: RunningSandbox
) -> None:
    """What is mirrored under strange defaults is what is mirrored under ordinary ones."""
    admin = await asyncpg.connect(empty_database)
    may = dcs_mirror.but(DCS_NOW="2026-05-20")
    assert (await may("sync")).code == 0
    await control(sandbox, "random-edits", count=30, seed=5)
    name = await admin.fetchval("SELECT quote_ident(current_database())")
    for setting, value in STRANGE.items():
        await admin.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'")
    fresh = await asyncpg.connect(empty_database)
    assert await fresh.fetchval("SHOW datestyle") == "German, DMY"
    await fresh.close()
    async with connect(empty_database) as session:
        for setting, value in STRANGE.items():
            assert await session.fetchval(f"SHOW {setting}") != value, setting
    finished = await asyncio.gather(*(may(*command) for command in (("sync",), ("status", "--json"))))
    assert [one.code for one in finished] == [0, 0]
    again = await may("sync", "--json")
    changed = [(i["changed"], i["added"], i["removed"]) for i in again.json["institutions"]]
    assert changed == [(0, 0, 0)] * len(changed)
    await admin.close()
