"""Landed revisions are as they landed, carry their own SQL, and new ones are written from the template."""

import ast
import hashlib
import shutil
import sys
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dcs_mirror.database.connections import connect
from dcs_mirror.schema import migrate
from tests.migration import landed

FIRST = "0001_first_schema.sql"
OWN = {"alembic", "sqlalchemy"} | sys.stdlib_module_names - {"importlib", "runpy"}
"""What a revision may import; nothing that could bring in the package by another way."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the revisions as they landed."""
    copy = tmp_path / "alembic" / "versions"
    shutil.copytree(landed.FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_landed_revisions_are_as_they_landed() -> None:
    assert "\n".join(landed.problems()) == ""


def test_every_revision_has_landed_with_its_sql() -> None:
    names = landed.landed(landed.FOLDER)
    assert FIRST in names
    assert {name[:4] for name in names if name.endswith(".py")} == set(migrate.revisions())


@pytest.mark.parametrize("name", landed.landed(landed.FOLDER))
def test_a_landed_file_that_changes_by_a_byte_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    (found,) = landed.problems(folder)
    assert f"{name} was changed" in found
    assert "write a new revision" in found


@pytest.mark.parametrize("name", landed.landed(landed.FOLDER))
def test_a_landed_file_that_is_removed_or_renamed_is_refused(folder: Path, name: str) -> None:
    (folder / name).rename(folder / f"0000_{name}")
    gone, renamed = landed.problems(folder)
    assert f"{name} was removed or renamed" in gone
    assert "write a new revision" in gone
    assert f"0000_{name} is not in landed.sha256" in renamed
    (folder / f"0000_{name}").unlink()
    assert landed.problems(folder) == [gone]


def test_a_new_revision_is_refused_until_it_is_added(folder: Path) -> None:
    before = (folder / landed.MANIFEST).read_text()
    for name in ("0002_next.py", "0002_next.sql"):
        (folder / name).write_text(f"-- {name}\n")
    assert [found.split(" ")[0] for found in landed.problems(folder)] == ["0002_next.py", "0002_next.sql"]
    assert "make migrations ARGS=--add" in landed.problems(folder)[0]
    assert landed.add(folder) == ["0002_next.py", "0002_next.sql"]
    assert landed.problems(folder) == []
    after = (folder / landed.MANIFEST).read_text()
    assert after.startswith(before)
    digest = hashlib.sha256(b"-- 0002_next.sql\n").hexdigest()
    assert f"{digest}  0002_next.sql\n" in after
    assert landed.add(folder) == []
    assert (folder / landed.MANIFEST).read_text() == after


def test_adding_never_takes_in_a_landed_file_that_changed(folder: Path) -> None:
    before = (folder / landed.MANIFEST).read_text()
    (folder / FIRST).write_text("SELECT 1;\n")
    (folder / "0002_next.py").write_text("\n")
    with pytest.raises(SystemExit, match="write a new revision"):
        landed.add(folder)
    assert (folder / landed.MANIFEST).read_text() == before


@pytest.mark.parametrize("file", sorted(landed.FOLDER.glob("*.py")), ids=lambda file: str(file.stem))
def test_a_revision_imports_nothing_of_the_package(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name}:{node.lineno}"
            imported = [str(node.module)]
        else:
            assert not (isinstance(node, ast.Name) and node.id in {"__import__", "exec", "eval"})
            continue
        assert {name.split(".")[0] for name in imported} <= OWN, f"{file.name}:{node.lineno}"


async def test_a_revision_from_the_template_runs_and_is_taken_back(
    folder: Path, empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = folder.parent.parent
    for name in ("alembic.ini", "alembic/env.py", "alembic/script.py.mako"):
        shutil.copy(landed.REPOSITORY / name, repository / name)
    last = migrate.revisions()[-1]
    made = landed.write("Add a shelf", repository)
    assert made.name == f"{int(last) + 1:04}_add_a_shelf.py"
    test_a_revision_imports_nothing_of_the_package(made)
    monkeypatch.setattr(migrate, "scripts_folder", lambda: repository / "alembic")
    back = partial(migrate.run_in_transaction, empty_database, lambda c: migrate.downgrade(c, last))
    assert await migrate.migrate(empty_database), "as it comes from the template, it does nothing"
    await back()
    steps = "CREATE TABLE dcs_mirror.shelf (id integer); INSERT INTO dcs_mirror.shelf VALUES (1)"
    text = made.read_text().replace('UPGRADE = """', f'UPGRADE = """{steps}')
    made.write_text(text.replace('DOWNGRADE = """', 'DOWNGRADE = """DROP TABLE dcs_mirror.shelf'))
    async with connect(empty_database) as connection:
        assert await migrate.schema_state(connection) is migrate.SchemaState.OLDER
        with capture_logs() as logged:
            assert await migrate.migrate(empty_database)
        assert [entry["differences"] for entry in logged] == ["table dcs_mirror.shelf is extra"]
        assert await migrate.schema_state(connection) is migrate.SchemaState.CURRENT
        assert await connection.fetchval("SELECT count(*) FROM dcs_mirror.shelf") == 1
        await back()
        assert await connection.fetchval("SELECT to_regclass('dcs_mirror.shelf')") is None
