"""Text from outside reaches no terminal, log, JSON or CSV as something that is obeyed."""

import csv
import io
import unicodedata
from pathlib import Path

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.sandbox.edits import CourseChanges, ItemChanges, edit_course, edit_item
from dcs_mirror.sandbox.years import roll_over
from tests.support.command import Finished, command_line

EVIL = "\x1b[31mred\x1b]0;title\x07\u202eesrever\u2028"
FORGED = "timestamp=now level=error event=forged"
NAME = "=1+1\x1b[2J\u202e"
TABLE = f'"reading{EVIL}list"'

TRIGGER = f"""
CREATE TABLE {TABLE} (hei integer, request_id bigint);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = E'no\\x1b[31m\\u202e\\u2028{FORGED}\\r{FORGED}\\n{FORGED}';
END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def assert_plain(finished: Finished, *, line_ends: str = "\n") -> None:
    """What was printed holds no control but line ends, and no line that somebody else wrote."""
    for text in (finished.out, finished.err):
        assert {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}} <= set(line_ends), (
            text
        )
        assert not [line for line in text.splitlines() if line.startswith(FORGED)]


async def test_what_triggers_names_and_titles_hold_is_printed_as_text(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    world = build_world(Sizes(institutions=1, courses=1, items=2), seed=5)
    (institution,) = world.institutions.values()
    (course,) = institution.courses.values()
    edit_course(world, course, CourseChanges(name=NAME))
    edit_item(world, course.items[0], ItemChanges(title=EVIL, content_status="Active"))
    async with running_sandbox(world) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        assert (await dcs_mirror("sync")).code == 0
        await connection.execute(TRIGGER)
        await connection.execute(
            f"INSERT INTO {TABLE} VALUES ($1, $2)", institution.id, course.items[0].request_id
        )
        added = await dcs_mirror("targets", "add", f"public.{TABLE}", "request_id", "--hei-column", "hei")
        assert added.code == 0, added
        assert_plain(added)
        roll_over(world, institution)

        for command in (("sync",), ("sync", "--json"), ("reconcile",), ("status",), ("targets", "list")):
            finished = await dcs_mirror(*command)
            assert_plain(finished)
            if command[-1] == "--json":
                (outcome,) = finished.json["institutions"]
                assert "request_id: no [31m" in outcome["error"], "its first line is told"
            elif command == ("sync",):
                assert "request_id: no [31m" in finished.err
        listed = await dcs_mirror("targets", "list", "--json")
        assert_plain(listed)
        assert listed.json[0]["table_name"] == TABLE.strip('"'), "JSON loses nothing"
        kept = await connection.fetchval("SELECT error FROM dcs_mirror.target_report WHERE error IS NOT NULL")
        assert kept == kept.translate(dict.fromkeys(range(32))), "other programs print what is stored"

        ready = await dcs_mirror("readiness", "--all", "--csv")
        assert_plain(ready, line_ends="\r\n\ufeff")
        (row,) = csv.DictReader(io.StringIO(ready.out.removeprefix("\ufeff")))
        assert row["name"].startswith("'=1+1")
        (row,) = (await dcs_mirror("readiness", "--all", "--json")).json
        assert row["name"] == NAME
