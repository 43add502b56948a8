"""Student numbers by a SQL query: SQLite and PostgreSQL, nothing written, no secret told."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from dcs_mirror.errors import DatabaseUnavailable, MirrorError, SettingsError
from dcs_mirror.store.database import Connection
from dcs_mirror.students import database as source
from dcs_mirror.students.rows import Columns, SourceRow

QUERY = "SELECT code, students FROM module WHERE code LIKE 'A%' ORDER BY code"
ROWS = [SourceRow("row 1", "ART 7", 30), SourceRow("row 2", "ART: 8", 0)]
GUESSED = Columns()
MAKE = "CREATE TABLE module (code text, students int)"
FILL = "INSERT INTO module VALUES ('ART 7', 30), ('ART: 8', 0), ('X', 1)"


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "srs.db") as made:
        made.execute(MAKE)
        made.execute(FILL)
    made.close()
    return f"sqlite:///{tmp_path / 'srs.db'}"


async def test_a_query_on_sqlite_is_read(sqlite: str) -> None:
    found = await source.read(sqlite, "q.sql", QUERY, GUESSED)
    assert found.rows == ROWS
    assert found.told == "sqlite query; code from column 'code', students from column 'students'"


async def test_a_query_on_postgresql_is_read(database: str, connection: Connection) -> None:
    await connection.execute(MAKE)
    await connection.execute(FILL)
    assert (await source.read(database, "q.sql", QUERY, GUESSED)).rows == ROWS
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        await source.read(database, "q.sql", "DELETE FROM module RETURNING code, students", GUESSED)


async def test_a_query_that_writes_is_refused_and_leaves_everything(sqlite: str) -> None:
    with pytest.raises(MirrorError):
        await source.read(sqlite, "q.sql", "DELETE FROM module", GUESSED)
    assert (await source.read(sqlite, "q.sql", QUERY, GUESSED)).rows == ROWS


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("Zebra7", "is no address of a database"),
        ("nosuch://u:Zebra7@h/d", "SQLAlchemy knows no database 'nosuch'"),
        ("mysql+pymysql://u:Zebra7@h/d", "the driver of mysql\\+pymysql is missing"),
        ("sqlite:///missing.db", "there is no SQLite file 'missing.db'"),
        ("postgresql://u:Zebra7@127.0.0.1:9/d", "cannot answer q.sql"),
    ],
)
async def test_an_address_that_leads_nowhere_is_told_in_a_line_without_its_secret(
    url: str, said: str
) -> None:
    with pytest.raises((SettingsError, DatabaseUnavailable), match=said) as refused:
        await source.read(url, "q.sql", QUERY, GUESSED)
    assert "\n" not in str(refused.value)
    assert "Zebra7" not in str(refused.value)


async def test_a_query_that_is_wrong_is_told_in_a_line(sqlite: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"cannot answer q\.sql: no such column: kode"):
        await source.read(sqlite, "q.sql", "SELECT kode FROM module", GUESSED)


def test_a_sqlite_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        asyncio.run(source.read(f"sqlite:///{tmp_path / 'none.db'}", "q.sql", QUERY, GUESSED))
    assert list(tmp_path.iterdir()) == []
