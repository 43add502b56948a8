"""The list of locks is complete, every lock of it is taken, and no lock is one that any role can take."""

import re
from pathlib import Path

from dcs_mirror.database import locks
from dcs_mirror.database.locks import LOCKS, Lock
from dcs_mirror.schema import migrate
from tests.structure.sql_access import PACKAGE, access, all_statements, calls

NAMES = {lock: name for name, lock in vars(locks).items() if isinstance(lock, Lock)}
BY_FUNCTION = {
    ("transaction", True): {"lock_row"},
    ("session", True): {"lock_session"},
    ("session", False): {"try_session"},
}
"""What takes a lock of ``dcs_mirror.lock``, by how long it is held and whether it is waited for."""

TRIED = {("try_row", "INSTITUTION")}
"""Who takes a lock that others wait for only if it is free: the end of a call does not wait for a reading."""


def test_every_lock_is_in_the_list_once() -> None:
    assert sorted(LOCKS, key=repr) == sorted(NAMES, key=repr)
    assert len({lock.name for lock in LOCKS}) == len(LOCKS)


def test_no_statement_takes_an_advisory_lock_which_any_role_can_take() -> None:
    """But for the number that a session draws, in dcs_mirror.hold()."""
    taken = {
        (file.name, function)
        for file, statement in all_statements()
        for function, _ in calls(statement)
        if "advisory" in function
    }
    assert taken == {("runs.py", "pg_advisory_unlock"), ("locks.py", "pg_advisory_unlock")}
    tables = (PACKAGE / "schema/tables.sql").read_text(encoding="utf-8")
    assert re.findall(r"pg_\w*advisory\w*", tables) == ["pg_try_advisory_lock"]


def test_rows_of_the_lock_table_are_locked_as_the_list_says() -> None:
    used = {
        (match[1], match[2])
        for file in python_files()
        for match in re.finditer(
            r"locks\.(lock_row|try_row|lock_session|try_session)\(\s*\w+,\s*locks\.([A-Z_]+)",
            file.read_text(encoding="utf-8"),
        )
    }
    asking = (PACKAGE / "downstream/refreshes.sql").read_text(encoding="utf-8")
    assert f"INSERT INTO dcs_mirror.lock AS l (name, id)\n    SELECT '{locks.REFRESHES.name}'" in asking
    declared = {
        (function, NAMES[lock])
        for lock in LOCKS
        if lock.table == "dcs_mirror.lock" and lock is not locks.REFRESHES
        for function in BY_FUNCTION[lock.held, lock.waits]
    }
    assert used == declared | TRIED


def test_other_tables_say_who_holds_what_they_list() -> None:
    holding = {
        table
        for _, statement in all_statements()
        if any(function == "hold" for function, _ in calls(statement))
        for table in access(statement).writes
    }
    assert holding == {lock.table for lock in LOCKS if lock.held == "session"}
    tables = (PACKAGE / "schema/tables.sql").read_text(encoding="utf-8")
    made = re.findall(r"^CREATE TABLE (\S+) \((.*?)^\);", tables, re.MULTILINE | re.DOTALL)
    assert holding == {
        table for table, columns in made if re.search(r"^    held_by +text", columns, re.MULTILINE)
    }


def test_one_migration_at_a_time_locks_the_table_of_the_revision() -> None:
    assert f"LOCK TABLE {locks.MIGRATE.table} " in migrate.LOCK


def python_files() -> list[Path]:
    return [file for file in sorted(PACKAGE.rglob("*.py")) if file.name != "locks.py"]
