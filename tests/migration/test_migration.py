"""The migrated schema is the declared one, both ways, and every step can be taken back."""

from pathlib import Path

import sqlalchemy
from alembic.config import Config
from alembic.script import ScriptDirectory

from dcs_mirror.database.connections import Connection, connect
from dcs_mirror.schema import migrate, readers
from dcs_mirror.schema.catalogue import parts

DECLARED = [Path(migrate.__file__).parent / name for name in ("queue.sql", "tables.sql")]


async def test_the_migrated_schema_is_the_declared_one(connection: Connection, empty_database: str) -> None:
    def declare(declared: sqlalchemy.Connection) -> None:
        for file in DECLARED:
            migrate.run_script(declared, file.read_text(encoding="utf-8"))
        # Alembic makes this one; the role of the service may read it.
        declared.exec_driver_sql(
            "CREATE TABLE dcs_mirror.alembic_version"
            " (version_num varchar(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY)"
        )
        migrate.apply_downstream(declared)

    await migrate.run_in_transaction(empty_database, declare)
    async with connect(empty_database) as declared:
        assert await parts(connection) == await parts(declared)


async def test_every_migration_can_be_taken_back_and_done_again(empty_database: str) -> None:
    await migrate.migrate(empty_database)
    async with connect(empty_database) as connection:
        head = await parts(connection)
        for revision in [*reversed(migrate.revisions()[:-1]), "base"]:
            await migrate.run_in_transaction(
                empty_database,
                lambda c, to=revision: migrate.downgrade(c, to),  # type: ignore[misc]
            )
            await migrate.run_in_transaction(empty_database, migrate.upgrade)
            assert await parts(connection) == head


async def test_what_a_view_shows_can_be_taken_back(empty_database: str) -> None:
    def take_back(connection: sqlalchemy.Connection) -> None:
        migrate.downgrade(connection, migrate.revisions()[-1])
        connection.exec_driver_sql("ALTER TABLE dcs_mirror.content_item DROP COLUMN notes")
        connection.exec_driver_sql("ALTER TABLE dcs_mirror.change DROP COLUMN observed_at")

    await migrate.migrate(empty_database)
    async with connect(empty_database) as connection:
        await connection.execute("INSERT INTO dcs_mirror.reader (role, hei_ids) VALUES ('dcs_reader', '{}')")
        await readers.make_views(connection, "dcs_reader")
    await migrate.run_in_transaction(empty_database, take_back)


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
