"""The migrated schema is the declared one, both ways, and every step can be taken back."""

from pathlib import Path

import sqlalchemy
from alembic.config import Config
from alembic.script import ScriptDirectory

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.schema import migrate

DECLARED = Path(migrate.__file__).parent / "tables.sql"

# Everything that makes a schema, one line each.
CATALOGUE = """
WITH named AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname IN ('dcs', 'dcs_mirror')
), relation AS (
    SELECT c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) AS name, c.relacl
    FROM pg_class AS c JOIN named AS n ON n.oid = c.relnamespace
    WHERE c.relname NOT LIKE 'alembic_version%'
)
SELECT line FROM (
    SELECT format('column %s.%s %s %s %s %s', r.name, a.attname, format_type(a.atttypid, a.atttypmod),
                  a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid)) AS line
    FROM relation AS r
    JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND r.relkind IN ('r', 'v')
    LEFT JOIN pg_attrdef AS d ON d.adrelid = r.oid AND d.adnum = a.attnum
    UNION ALL
    SELECT format('constraint %s %s %s', r.name, k.conname, pg_get_constraintdef(k.oid))
    FROM relation AS r JOIN pg_constraint AS k ON k.conrelid = r.oid
    UNION ALL
    SELECT format('index %s', pg_get_indexdef(r.oid)) FROM relation AS r WHERE r.relkind = 'i'
    UNION ALL
    SELECT format('view %s %s', r.name, pg_get_viewdef(r.oid)) FROM relation AS r WHERE r.relkind = 'v'
    UNION ALL
    SELECT format('grant %s %s', r.name, r.relacl) FROM relation AS r WHERE r.relacl IS NOT NULL
    UNION ALL
    SELECT format('function %s %s', p.proacl, pg_get_functiondef(p.oid))
    FROM pg_proc AS p JOIN named AS n ON n.oid = p.pronamespace
    UNION ALL
    SELECT format('comment %s.%s %s', r.name, d.objsubid, d.description)
    FROM relation AS r JOIN pg_description AS d ON d.objoid = r.oid
) AS lines
ORDER BY line
"""


async def catalogue(connection: Connection) -> list[str]:
    return [row["line"] for row in await connection.fetch(CATALOGUE)]


async def test_the_migrated_schema_is_the_declared_one(connection: Connection, empty_database: str) -> None:
    def declare(declared: sqlalchemy.Connection) -> None:
        migrate.run_script(declared, DECLARED.read_text(encoding="utf-8"))
        migrate.apply_downstream(declared)

    await migrate.run_in_transaction(empty_database, declare)
    async with connect(empty_database) as declared:
        assert await catalogue(connection) == await catalogue(declared)


async def test_every_migration_can_be_taken_back_and_done_again(empty_database: str) -> None:
    await migrate.migrate(empty_database)
    async with connect(empty_database) as connection:
        head = await catalogue(connection)
        for revision in [*reversed(migrate.revisions()[:-1]), "base"]:
            await migrate.run_in_transaction(
                empty_database,
                lambda c, to=revision: migrate.downgrade(c, to),  # type: ignore[misc]
            )
            await migrate.run_in_transaction(empty_database, migrate.upgrade)
            assert await catalogue(connection) == head


async def test_an_older_schema_is_known_as_such_and_upgraded(database: str, connection: Connection) -> None:
    assert await migrate.schema_state(connection) is migrate.SchemaState.CURRENT
    await connection.execute("DELETE FROM dcs_mirror.alembic_version")
    assert await migrate.schema_state(connection) is migrate.SchemaState.EMPTY


async def test_the_views_are_whole_again_after_migrating(database: str, connection: Connection) -> None:
    """What a hand broke in the contract, the next `dcs-mirror migrate` mends."""
    await connection.execute("DROP VIEW dcs.status_change; REVOKE ALL ON dcs.course FROM dcs_reader")
    await migrate.migrate(database)
    assert await connection.fetchval("SELECT count(*) FROM dcs.status_change") == 0
    assert await connection.fetchval("SELECT has_table_privilege('dcs_reader', 'dcs.course', 'SELECT')")


def test_the_program_knows_every_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.scripts_folder()))
    script = ScriptDirectory.from_config(config)
    assert [s.revision for s in reversed(list(script.walk_revisions()))] == migrate.revisions()
    assert len(script.get_heads()) == 1
