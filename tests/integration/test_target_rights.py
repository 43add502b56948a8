"""Nobody gains a right by owning a registered table: what the mirror runs of it, and as whom (R9)."""

from collections.abc import AsyncIterator

import pytest

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.downstream import targets
from dcs_mirror.errors import SettingsError
from tests.support.readings import HEI, START
from tests.support.registered import NAME, World, everything, june, look, owned_table, register
from tests.support.roles import login_role


@pytest.fixture
async def world(connection: Connection, database: str) -> AsyncIterator[World]:
    async with owned_table(connection, database) as owned:
        yield owned


ADDED = {
    "a trigger": "CREATE TRIGGER t BEFORE UPDATE ON lists.reading"
    " FOR EACH ROW EXECUTE FUNCTION lists.react()",
    "a statement trigger": "CREATE TRIGGER t AFTER UPDATE ON lists.reading EXECUTE FUNCTION lists.react()",
    "a deferred trigger": "CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON lists.reading"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lists.react()",
    "a rule": "CREATE RULE r AS ON UPDATE TO lists.reading DO ALSO SELECT lists.run()",
    "a constraint": "ALTER TABLE lists.reading ADD CHECK (lists.same(request_id) > 0)",
    "a built-in function that runs SQL": "ALTER TABLE lists.reading ADD CHECK"
    " (ts_rewrite('a', 'SELECT ''a''::tsquery, lists.run()::text::tsquery') IS NOT NULL)",
    "an operator": "CREATE OPERATOR lists.## (FUNCTION = lists.same, RIGHTARG = bigint);"
    "ALTER TABLE lists.reading ADD CHECK ((OPERATOR(lists.##) request_id) > 0)",
    "an index": "CREATE INDEX ON lists.reading (lists.same(request_id))",
    "an index that is only planned": "CREATE INDEX ON lists.reading (n) WHERE lists.same(1) = 1",
    "a generated column": "ALTER TABLE lists.reading ADD g bigint"
    " GENERATED ALWAYS AS (lists.same(request_id)) STORED",
    "a domain": "CREATE DOMAIN lists.an_id AS bigint CHECK (lists.same(value) > 0);"
    "ALTER TABLE lists.reading ALTER request_id TYPE lists.an_id",
    "a domain in a constraint": "CREATE DOMAIN lists.an_id AS bigint CHECK (lists.same(value) > 0);"
    "ALTER TABLE lists.reading ADD CHECK (request_id::lists.an_id > 0)",
    "statistics": "CREATE STATISTICS lists.s ON (lists.same(request_id)) FROM lists.reading;"
    "CREATE INDEX ON lists.reading (lists.same(request_id))",
    "another table's rows": "ALTER TABLE lists.reading ADD UNIQUE (request_id);"
    "CREATE TABLE lists.copy (request_id bigint REFERENCES lists.reading (request_id) ON UPDATE CASCADE);"
    "INSERT INTO lists.copy VALUES (10);"
    "CREATE CONSTRAINT TRIGGER t AFTER UPDATE ON lists.copy DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION lists.react()",
    "a range type": "CREATE FUNCTION lists.apart(a bigint, b bigint) RETURNS double precision"
    " LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM lists.run(); RETURN a - b; END $$;"
    "CREATE TYPE lists.span AS RANGE (subtype = bigint, subtype_diff = lists.apart);"
    "ALTER TABLE lists.reading ADD s lists.span DEFAULT '[1,2)';"
    "CREATE INDEX ON lists.reading USING gist (s); CREATE INDEX ON lists.reading (request_id);"
    "INSERT INTO lists.reading (request_id, s)"
    " SELECT 10, lists.span(g, g + 1) FROM generate_series(1, 2000) AS g",  # enough to split pages again
    "a child table": "CREATE TABLE lists.child () INHERITS (lists.reading);"
    "INSERT INTO lists.child (request_id) VALUES (10); GRANT ALL ON lists.child TO PUBLIC;"
    "CREATE TRIGGER t BEFORE UPDATE ON lists.child FOR EACH ROW EXECUTE FUNCTION lists.react()",
    "a view in its place": "ALTER TABLE lists.reading RENAME TO kept; CREATE VIEW lists.reading AS"
    " SELECT n, request_id FROM lists.kept WHERE lists.same(request_id) > 0;"
    "GRANT ALL ON lists.reading TO PUBLIC",
}


@pytest.mark.parametrize("added", ADDED.values(), ids=ADDED.keys())
async def test_r9_what_the_owner_adds_later_is_not_run_but_told(world: World, added: str) -> None:
    await register(world.url)
    await world.owner.execute(added)
    so_far = await world.ran()
    said = await everything(world.url)
    assert await world.ran() == so_far
    assert all("not run, because" in line or "no table any more" in line for line in said), said


@pytest.mark.parametrize("added", ADDED.values(), ids=ADDED.keys())
async def test_r9_what_the_owner_adds_would_run_otherwise(world: World, added: str) -> None:
    """Each of them runs when an ordinary statement does what the mirror does."""
    await world.owner.execute(added)
    so_far = await world.ran()
    await world.admin.execute("SELECT count(*) FROM lists.reading WHERE n >= 0")
    if "VIEW" not in added:
        await world.admin.execute("UPDATE lists.reading SET request_id = 20 WHERE request_id = 10")
    assert await world.ran() > so_far


async def test_r9_what_the_operator_saw_runs_and_what_it_became_does_not(world: World) -> None:
    await world.owner.execute(ADDED["a trigger"])
    added = await register(world.url)
    assert (added.role, len(added.owners), len(added.code)) == (world.mirror, 1, 1)
    assert "trigger t of lists.reading calls lists.react of dcs_lists" in added.code[0]
    assert await june(world.url) == ("complete", "")
    assert (await world.ran(), await world.ids()) == (2, ["20", "21", "999"])
    await world.owner.execute(
        "CREATE OR REPLACE FUNCTION lists.react() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM lists.run(), 'more'; RETURN new; END $$;"
        "UPDATE lists.reading SET request_id = 10 WHERE request_id = 20"
    )
    ran = await world.ran()
    told = (await look(world.url))[HEI][NAME]
    assert "trigger t of lists.reading" in told
    assert told.endswith("dcs-mirror targets add lists.reading request_id")
    assert await world.ran() == ran
    await register(world.url)
    assert await look(world.url) == {}
    assert sorted(await world.ids()) == ["20", "21", "999"]


async def test_r9_what_is_gone_or_was_never_code_is_not_told(world: World) -> None:
    await world.owner.execute(ADDED["a trigger"])
    await register(world.url)
    await world.owner.execute(
        "DROP TRIGGER t ON lists.reading; CREATE INDEX ON lists.reading (n);"
        "ALTER TABLE lists.reading ADD CHECK (request_id > 0 AND note <> 'x');"
        "CREATE INDEX ON lists.reading (lower(note)) WHERE note IS NOT NULL;"
        "ALTER TABLE lists.reading ADD g text GENERATED ALWAYS AS (lower(note)) STORED"
    )
    assert await june(world.url) == ("complete", "")
    assert await look(world.url) == {}


async def test_r9_another_owner_is_told(world: World) -> None:
    await register(world.url)
    async with login_role(world.admin, "dcs_other") as other:
        await world.admin.execute(f"ALTER TABLE lists.reading OWNER TO {other}")
        assert f"owner {other}" in (await look(world.url))[HEI][NAME]


async def test_r9_a_registration_of_before_accepts_a_table_without_code_only(world: World) -> None:
    await register(world.url)
    await world.admin.execute("UPDATE dcs_mirror.target SET seen_code = NULL")
    assert await look(world.url) == {}
    await world.owner.execute(ADDED["a trigger"])
    assert "trigger t of" in (await look(world.url))[HEI][NAME]


ESCALATE = """
CREATE OR REPLACE FUNCTION lists.react() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM lists.run();
    EXECUTE 'RESET ROLE';
    EXECUTE format('ALTER ROLE %I SUPERUSER', (SELECT tableowner FROM pg_catalog.pg_tables
                                               WHERE schemaname = 'lists' AND tablename = 'reading'));
    RETURN new;
END $$;
CREATE TRIGGER t BEFORE UPDATE ON lists.reading FOR EACH ROW EXECUTE FUNCTION lists.react()
"""


async def test_r9_a_superuser_touches_no_table_of_others(world: World) -> None:
    """Neither in June nor in the night, a rehearsal or a list, and it is told what to do."""
    await register(world.url)
    await world.owner.execute(ESCALATE)
    with pytest.raises(SettingsError, match=r"has SUPERUSER. Let the mirror connect as a role without"):
        await register(world.superuser_url)
    await register(world.url)
    said = await everything(world.superuser_url)
    assert all("SUPERUSER" in line for line in said), said
    assert await world.ran() == 0
    assert not await world.admin.fetchval(
        "SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname ~ '^dcs_lists'"
    )
    await world.admin.execute("ALTER TABLE lists.reading DISABLE TRIGGER t")
    assert all("SUPERUSER" in line for line in await everything(world.superuser_url)), "nor a plain one"


@pytest.mark.parametrize(
    "right",
    [
        "ALTER ROLE {role} CREATEROLE",
        "ALTER ROLE {role} REPLICATION",
        "ALTER ROLE {role} BYPASSRLS",
        "GRANT pg_execute_server_program TO {role}",
        "GRANT pg_write_all_data TO {role}",
        "CREATE ROLE {role}_admin SUPERUSER; GRANT {role}_admin TO {role}",
        "ALTER ROLE {role} NOINHERIT; GRANT pg_read_server_files TO {role}; ALTER ROLE {role} INHERIT",
    ],
)
async def test_r9_a_role_that_may_become_more_runs_no_code_of_others(world: World, right: str) -> None:
    await world.owner.execute(ESCALATE)
    await world.admin.execute(right.format(role=world.mirror))
    try:
        with pytest.raises(SettingsError, match=r"dcs_lists.* could run code with the rights of dcs_sync"):
            await register(world.url)
    finally:
        await world.admin.execute(f"DROP ROLE IF EXISTS {world.mirror}_admin")


async def test_r9_a_superusers_own_table_is_rewritten_unless_others_add_to_it(world: World) -> None:
    await world.admin.execute(
        "ALTER TABLE lists.reading OWNER TO CURRENT_USER; GRANT TRIGGER ON lists.reading TO PUBLIC;"
    )
    await register(world.superuser_url)
    assert await june(world.superuser_url) == ("complete", "")
    assert await world.ids() == ["20", "21", "999"]
    await world.admin.execute("UPDATE lists.reading SET request_id = 10 WHERE request_id = 20")
    await world.owner.execute(ADDED["a trigger"])
    assert "SUPERUSER" in (await look(world.superuser_url))[HEI][NAME]
    assert await world.ran() == 0


async def test_r9_row_security_that_is_bypassed_needs_no_other_right(world: World) -> None:
    await world.owner.execute(
        "CREATE POLICY p ON lists.reading USING (n > 1); ALTER TABLE lists.reading ENABLE ROW LEVEL SECURITY"
    )
    await world.admin.execute(f"ALTER ROLE {world.mirror} BYPASSRLS")
    assert "policy p of lists.reading" in (await register(world.url)).code[0]
    assert await june(world.url) == ("complete", "")
    assert await world.ids() == ["20", "21", "999"]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("dcs_mirror.request_id_history", "is the mirror's own"),
        ("dcs_mirror.content_item", "is the mirror's own"),
        ("dcs.content_item", "is the mirror's own"),
        ("pg_catalog.pg_class", "is the server's own"),
        ("information_schema.sql_features", "is the server's own"),
        ("mine", "there is no table mine"),
        ("pg_temp.mine", "there is no table"),
        ("lists.away", "is not a table but a foreign table"),
        ("lists.seen", "is not a table but a view"),
        ("lists.kept", "is not a table but a materialized view"),
        ("lists.mixed", "its part lists.mixed_away is no table"),
        ("lists.made", "is a generated column"),
    ],
)
async def test_r9_what_is_no_table_of_another_system_is_refused(world: World, table: str, words: str) -> None:
    await world.admin.execute(
        "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER away FOREIGN DATA WRAPPER nothing;"
        "CREATE FOREIGN TABLE lists.away (request_id bigint) SERVER away;"
        "CREATE VIEW lists.seen AS SELECT request_id FROM lists.reading;"
        "CREATE MATERIALIZED VIEW lists.kept AS SELECT request_id FROM lists.reading;"
        "CREATE TABLE lists.mixed (request_id bigint) PARTITION BY RANGE (request_id);"
        "CREATE FOREIGN TABLE lists.mixed_away PARTITION OF lists.mixed DEFAULT SERVER away;"
        "CREATE TABLE lists.made (n bigint, request_id bigint GENERATED ALWAYS AS (n) STORED);"
        "GRANT ALL ON ALL TABLES IN SCHEMA lists TO PUBLIC"
    )
    column = {"pg_catalog.pg_class": "relname", "information_schema.sql_features": "feature_id"}
    async with connect(world.superuser_url) as session:
        await session.execute("CREATE TEMPORARY TABLE mine (request_id bigint)")
        with pytest.raises(SettingsError, match=words):
            await targets.add(session, table, column.get(table, "request_id"), now=START)


async def test_r9_the_temporary_table_of_a_session_is_refused(world: World) -> None:
    async with connect(world.url) as session:
        await session.execute("CREATE TEMPORARY TABLE mine (request_id bigint)")
        schema = await session.fetchval("SELECT pg_my_temp_schema()::regnamespace::text")
        with pytest.raises(SettingsError, match="is a temporary table"):
            await targets.add(session, f"{schema}.mine", "request_id", now=START)
