"""The list of advisory locks is complete, and every lock of it occurs."""

import re

from dcs_mirror.database.locks import LOCKS
from tests.structure.sql_access import all_statements, calls

_TAKES = re.compile(r"^pg_(try_)?advisory_(xact_)?lock$")


def test_every_lock_that_is_taken_is_declared_and_the_other_way_round() -> None:
    declared = {(lock.name, held) for lock in LOCKS for held in lock.held}
    assert {(name, held) for name, held, _ in taken()} == declared


def test_locks_that_are_waited_for() -> None:
    assert {name for name, _, waits in taken() if waits} == {lock.name for lock in LOCKS if lock.waits}


def test_no_other_name_is_hashed() -> None:
    hashed = {
        text.strip()
        for _, statement in all_statements()
        for function, texts in calls(statement)
        if function in {"hashtext", "hashtextextended"}
        for text in texts
        if text.startswith("dcs_mirror.")
    }
    assert hashed == {lock.name for lock in LOCKS}


def taken() -> set[tuple[str, str, bool]]:
    """Return the name of each lock that a statement takes, until when it is held, and whether it waits."""
    found = set()
    for file, statement in all_statements():
        for function, texts in calls(statement):
            if match := _TAKES.match(function):
                names = [text.strip() for text in texts if text.startswith("dcs_mirror.")]
                assert len(names) == 1, f"{file} takes a lock without a name"
                found.add((names[0], "transaction" if match[2] else "session", match[1] is None))
    return found
