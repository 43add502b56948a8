"""Student numbers from a SQL query: SQLite and PostgreSQL, nothing written, no secret in a message."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import make_url

from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import DatabaseUnavailable, MirrorError, SettingsError
from dcs_mirror.students import database as source
from dcs_mirror.students.heading import Columns
from dcs_mirror.students.rows import Source, SourceRow, of_table

QUERY = "SELECT code, students FROM module WHERE code LIKE 'A%' ORDER BY code"
ROWS = [SourceRow("row 1", "ART 7", 30), SourceRow("row 2", "ART: 8", 0)]
GUESSED = Columns()
MAKE = "CREATE TABLE module (code text, students int)"
FILL = "INSERT INTO module VALUES ('ART 7', 30), ('ART: 8', 0), ('X', 1)"


async def read(url: str, query: str) -> Source:
    return of_table(await source.read(url, "q.sql", query), GUESSED)


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "srs.db") as made:
        made.execute(MAKE)
        made.execute(FILL)
    made.close()
    return f"sqlite:///{tmp_path / 'srs.db'}"


async def test_a_query_on_sqlite_is_read(sqlite: str) -> None:
    found = await read(sqlite, QUERY)
    assert found.rows == ROWS
    assert str(found.understood) == "sqlite query; code from column 'code', students from column 'students'"


async def test_a_query_on_postgresql_is_read(database: str, connection: Connection) -> None:
    await connection.execute(MAKE)
    await connection.execute(FILL)
    assert (await read(database, QUERY)).rows == ROWS
    exact = QUERY.replace("code, students", "code, students::numeric(10, 4) AS students")
    assert (await read(database, exact)).rows == ROWS
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        await read(database, "DELETE FROM module RETURNING code, students")


async def test_a_query_that_writes_is_refused_and_leaves_everything(sqlite: str) -> None:
    with pytest.raises(MirrorError):
        await read(sqlite, "DELETE FROM module")
    assert (await read(sqlite, QUERY)).rows == ROWS


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("Zebra7", "is not a database URL"),
        ("nosuch://u:Zebra7@h/d", "SQLAlchemy knows no database 'nosuch'"),
        ("mysql+pymysql://u:Zebra7@h/d", "the driver of mysql\\+pymysql is missing"),
        ("sqlite:///missing.db", "there is no SQLite file 'missing.db'"),
        ("postgresql://u:Zebra7@127.0.0.1:9/d", "cannot answer q.sql"),
        ("postgresql://u:Zebra7@127.0.0.1:9/d?nosuch=1", "nosuch is no parameter"),
        ("postgresql://u:p@h:Zebra7/d", "port must be a number"),
        ("postgresql://u:p@Zebra7@h/d", "percent-encode"),
        ("postgresql://u:p@s/Zebra7@h/d", "percent-encode"),
    ],
)
async def test_an_address_that_leads_nowhere_is_told_in_a_line_without_its_secret(
    url: str, said: str
) -> None:
    with pytest.raises((SettingsError, DatabaseUnavailable), match=said) as refused:
        await read(url, QUERY)
    assert "\n" not in str(refused.value)
    assert "Zebra7" not in str(refused.value)


async def test_what_a_database_repeats_of_its_address_is_told_without_secrets(database: str) -> None:
    """PostgreSQL's error names the missing database, whose name is the password here."""
    address = make_url(database).set(password="Zebra7")
    for wrong in (address.set(database="Zebra7"), address.set(username="Zebra7")):
        url = wrong.render_as_string(hide_password=False)
        with pytest.raises(DatabaseUnavailable, match=r"cannot answer q\.sql: .*\*\*\*") as refused:
            await read(url, QUERY)
        assert "Zebra7" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("mssql+pyodbc://u:p%40ss@h/d?driver=ODBC", ["p@ss"]),
        ("mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3D%7BZeb%40ra%7D%3BUID%3Du", ["Zeb@ra"]),
        ("postgresql://h/d?user=u&password=Zebra7&sslpassword=", ["Zebra7"]),
    ],
)
def test_the_secrets_of_an_address_are_known_wherever_they_stand(url: str, secrets: list[str]) -> None:
    assert list(source._secrets(make_url(url))) == secrets


async def test_a_query_that_is_wrong_is_told_in_a_line(sqlite: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"cannot answer q\.sql: no such column: kode"):
        await read(sqlite, "SELECT kode FROM module")


def test_a_sqlite_file_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        asyncio.run(read(f"sqlite:///{tmp_path / 'none.db'}", QUERY))
    assert list(tmp_path.iterdir()) == []
