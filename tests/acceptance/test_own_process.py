"""Every command in an interpreter of its own does what it does in the forked ones of the other tests."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from typer.main import get_command

from dcs_mirror.cli import app
from dcs_mirror.sandbox import RecordSizes, Sizes, build_records, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.acceptance.test_readme import commands
from tests.support.axcelerate import file_of
from tests.support.command import CommandLine, Finished, command_line
from tests.support.students import write_csv
from tests.support.writing import BOOK

# They serve until they are stopped, or start a server; tests of their own run them.
SERVERS = ("sandbox", "demo", "db", "serve")

# What differs from one run to the next.
UNSTEADY = {
    r"epoch [0-9a-f-]{36}": "an epoch",
    r"\b\d{14}\b": "a job or a refresh",
    r"[\w-]{43}": "a secret",
    r"127\.0\.0\.1:\d+": "sandbox",
    r"[^ '\"]*dcs_test_\w+[^ '\"]*": "database",
    r"\d+\.\d+": "…",
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^ \",]*": "…",
}


@dataclass(frozen=True)
class Stage:
    """A command line at a mirror and a sandbox of its own; every stage has the same world."""

    dcs_mirror: CommandLine
    calls: list[list[str]]

    async def played(self) -> list[tuple[int, str, str]]:
        """Exit code, output and messages of each call, without what differs from one run to the next."""
        return [_steady(await self.dcs_mirror(*call)) for call in self.calls]


@asynccontextmanager
async def stage(folder: Path, database: str) -> AsyncIterator[Stage]:
    """Calls of every command, each with what it needs."""
    connection = await asyncpg.connect(database)
    await connection.execute("CREATE TABLE reading_list (request_id bigint)")
    await connection.close()
    world = build_world(Sizes(institutions=1, courses=4, items=2), seed=5)
    (institution,) = world.institutions.values()
    course = next(course for course in institution.courses.values() if course.items)
    records = build_records([course.code], RecordSizes(contacts=4, classes_each=1))
    (folder / "outcomes.csv").write_bytes(file_of(records))
    write_csv(folder / "numbers.csv", {course.code: 31})
    (folder / "requests.csv").write_text(
        "course code,lecturer,email,isbn,title,chapter title,pages\n"
        f"{course.code},A. Byrne,a.byrne@example.org,9780140449136,The Odyssey,Book One,1-20\n"
    )
    (folder / "links.txt").write_text(f"/go/{course.items[0].request_id}\n7\n")
    enrolment, held = next(records.unit_enrolments())
    student = [str(enrolment.contact.id), str(enrolment.taught.id)]
    module = [str(enrolment.id), str(next(iter(enrolment.modules)))]
    hei, request = str(institution.id), str(course.items[0].request_id)
    target = ["reading_list", "request_id"]
    async with running_sandbox(world, records=records) as sandbox:
        dcs_mirror = command_line(folder, sandbox, database).but(
            DCS_NOW="2026-03-02T10:20+00:00",
            AXCELERATE_URL=sandbox.axcelerate_url,
            AXCELERATE_API_TOKEN="sandbox",
            AXCELERATE_WS_TOKEN="sandbox",
        )
        calls = [
            ["--version"],
            ["migrate"],
            ["sync"],
            ["sync", "--json", "--resume"],
            ["refresh", hei, "--course", course.code],
            ["resolve", request, "7"],
            ["targets", "add", *target],
            ["targets", "list", "--json"],
            ["reconcile", "--json"],
            ["rehearse-rollover", hei],
            ["targets", "remove", *target],
            ["quarantine"],
            ["flags", "--csv"],
            ["flags", "ack", "1", "--note", "asked"],
            ["submit-request", hei, *BOOK, "--course", course.code],
            ["submit-course", hei, "ART 1", "--name", "Art", "--students", "0"],
            ["amend-course", hei, "ART 1", "--weeks", "20"],
            ["calls", "--json"],
            ["calls", "show", "1"],
            ["calls", "settle", "1"],
            ["readiness", "--all"],
            ["students", "plan", hei, "--from", "numbers.csv"],
            ["students", "push", hei, "--from", "numbers.csv", "--json"],
            ["students", "known", hei, "--from", "numbers.csv", "--json"],
            ["requests", "plan", hei, "--from", "requests.csv", "--json"],
            ["requests", "push", hei, "--from", "requests.csv"],
            ["axcelerate", "enrolments", *student],
            ["axcelerate", "modules", *student, "--json"],
            ["axcelerate", "module-report"],
            ["axcelerate", "update-unit", *student, str(held.unit.id), "--competent", "20"],
            ["axcelerate", "update-units", "outcomes.csv"],
            ["axcelerate", "update-module", *student, *module, "--access", "unlocked"],
            ["status"],
            ["doctor", "--json"],
            ["restored"],
            ["prune", "--dry-run"],
            ["jobs", "retry", "999"],
            ["enqueue", "refresh", hei],
            ["enqueue", "sync"],
            ["enqueue", "reconcile", "--json"],
            ["worker", "--once"],
            ["jobs", "--json"],
            ["jobs", "drop", "999"],
            ["accounts", "add", "reading-lists", "--hei", hei],
            ["accounts", "rotate", "reading-lists"],
            ["accounts", "list", "--json"],
            ["accounts", "remove", "reading-lists"],
            ["links", "check", "links.txt", "--json"],
            ["notify", "--dry-run"],
            ["readers", "list"],
            ["readers", "add", "dcs_reader", "--hei", hei],
            ["readers", "remove", "no_such_reader"],
            ["purge", hei, "--yes-delete", hei],
            ["refresh", "none"],
            ["no-such-command"],
        ]
        yield Stage(dcs_mirror, calls)


@pytest.mark.long
async def test_commands_do_the_same_in_interpreters_of_their_own(
    tmp_path: Path, database: str, empty_database: str
) -> None:
    await migrate.migrate(empty_database)
    folders = [tmp_path / "forked", tmp_path / "own"]
    for folder in folders:
        folder.mkdir()
    async with stage(folders[0], database) as forked, stage(folders[1], empty_database) as own:
        assert forked.calls == own.calls
        called = {name for call in own.calls for name in (tuple(call[:1]), tuple(call[:2]))}
        every = {name for name, _ in commands(get_command(app)) if name and name[0] not in SERVERS}
        assert every <= called

        by_itself = replace(own, dcs_mirror=own.dcs_mirror.by_itself())
        expected, found = await asyncio.gather(by_itself.played(), forked.played())
        assert {0, 1, 2} == {code for code, _, _ in expected}
        for call, one, other in zip(own.calls, expected, found, strict=True):
            assert one == other, call


def _steady(finished: Finished) -> tuple[int, str, str]:
    """The same without what differs from run to run: addresses, instants, seconds, epochs, the log."""
    out, err = finished.out, finished.err
    for pattern, stable in UNSTEADY.items():
        out, err = re.sub(pattern, stable, out), re.sub(pattern, stable, err)
    return finished.code, out, "\n".join(line for line in err.splitlines() if "timestamp=" not in line)
