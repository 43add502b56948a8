"""Makes the data that releases are upgraded from: lives through a year with this release and dumps it.

Run it once for each release, with the release's own code, on an empty database of the oldest PostgreSQL::

    python -m tests.migration.make_year postgresql://…/empty --pg-dump PATH > tests/migration/data/VERSION.sql

What it writes is plain SQL for one session of any role that may create schemas: no COPY, no command of psql,
no owners, and grants only to roles that exist. Everything in it is invented by the sandbox.
"""

import argparse
import asyncio
import csv
import os
import re
import signal
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RecordSizes, RunningSandbox, Sizes, build_records, build_world, running_sandbox
from dcs_mirror.version import __version__
from tests.support.axcelerate import file_of
from tests.support.command import CommandLine, command_line
from tests.support.control import control, misbehave

EXTRACT = ("--academic-name", "Jo Example", "--email", "jo@example.ac.uk", "--book", "--page-range")


class Year:
    """The commands of one year and what happens in the DCS meanwhile, in their order."""

    def __init__(self, dcs_mirror: CommandLine, sandbox: RunningSandbox, connection: Connection) -> None:
        self._dcs_mirror, self._sandbox, self._connection = dcs_mirror, sandbox, connection
        self._today = date(2026, 3, 3)
        self.heis = list(sandbox.world.institutions)

    async def on(self, today: date) -> None:
        """Sets both clocks."""
        self._today = today
        await control(self._sandbox, "clock", now=f"{today}T01:00:00Z")

    async def run(self, *arguments: str, code: int = 0) -> Any:
        """One command of that day, which ends with exit code ``code``."""
        finished = await self._dcs_mirror.but(DCS_NOW=f"{self._today}T02:00:00Z")(*arguments)
        if finished.code != code:
            raise SystemExit(f"{arguments} ended with {finished.code}: {finished.err}")
        return finished.json if "--json" in arguments else None

    async def upstream(self, name: str, hei: int, **body: object) -> Any:
        """A change in the DCS."""
        return await control(self._sandbox, name, hei=hei, **body)

    async def courses(self, hei: int) -> list[Any]:
        """The institution's live courses with items, as the DCS knows them."""
        institution = (await control(self._sandbox, "state"))["institutions"][self.heis.index(hei)]
        return [c for c in institution["courses"] if c["status"] == "Active" and c["items"]]

    async def broken(self, hei: int) -> dict[str, object]:
        """The fault that takes the id from the first item of the institution's first course."""
        asked = {"hei": hei, "code": (await self.courses(hei))[0]["code"]}
        return {"kind": "no-ids", "method": "GetCourseContent", "entries": 1, "query": asked}

    async def with_fault(self, fault: dict[str, object], *arguments: str, code: int = 1) -> None:
        """One command while the DCS misbehaves."""
        await misbehave(self._sandbox, fault)
        await self.run(*arguments, code=code)
        await misbehave(self._sandbox)

    async def march(self) -> None:
        """The first night, a downstream table, and calls that write."""
        hei = self.heis[0]
        await self.on(self._today)
        await self.run("migrate")
        await self.run("sync")
        await self._connection.execute(
            "CREATE SCHEMA library;"
            "CREATE TABLE library.reading_list"
            " (place integer PRIMARY KEY, hei_id integer, request_id bigint);"
            "INSERT INTO library.reading_list SELECT item_key, hei_id, request_id FROM dcs.content_item"
        )
        await self.run("targets", "add", "library.reading_list", "request_id", "--hei-column", "hei_id")
        first, second, *_ = [course["code"] for course in await self.courses(hei)]
        await self.run("submit-course", str(hei), "ART 7", "--name", "Drawing", "--students", "30")
        await self.run("amend-course", str(hei), first, "--students", "45", "--weeks", "20")
        submit = ("submit-request", str(hei), *EXTRACT)
        await self.run(*submit, "1-20", "--title", "Emma", "--course", first)
        await self.run(*submit, "1-9", "--title", "Persuasion")
        refused: dict[str, object] = {"kind": "error", "code": 7, "method": "SubmitRequest"}
        await self.with_fault(refused, *submit, "2-4", "--title", "Sanditon", "--course", second)
        lost: dict[str, object] = {"kind": "reset", "method": "SubmitRequest"}
        for title in ("Middlemarch", "Romola", "Silas Marner"):
            await self.with_fault(lost, *submit, "3-8", "--title", title, "--course", second)
        amend = ("amend-course", str(hei), second, "--students")
        await self.with_fault({"kind": "reset", "method": "AmendCourse"}, *amend, "50")
        await self.run(*amend, "55")
        unknown = await self.run("calls", "--unknown", "--json")
        calls = sorted(call["call_id"] for call in unknown)
        await self.run("calls", "settle", str(calls[0]))
        await self.run("calls", "settle", str(calls[1]), "--gone")

    async def spring(self) -> None:
        """Edits, removals, a record without an id, student numbers, a failed night, and a refresh."""
        hei, other, _ = self.heis
        await self.on(date(2026, 4, 14))
        for at in self.heis:
            await self.upstream("random-edits", at, count=8, seed=at)
        courses = await self.courses(other)
        await self.upstream("remove", other, course_id=courses[-1]["id"])
        await self.upstream("remove", other, request_id=courses[0]["items"][0]["request-id"])
        await self.upstream("edit", other, course_id=courses[0]["id"], set={"code": "NEW/1"})
        for at in (hei, other):
            await self.with_fault(await self.broken(at), "sync")
        await self.on(date(2026, 5, 5))
        numbers = self._dcs_mirror.folder / "numbers.csv"
        with numbers.open("w", newline="", encoding="utf-8") as file:
            codes = [course["code"] for course in await self.courses(hei)]
            csv.writer(file).writerows([("Code", "Students"), *((c, 10 + n) for n, c in enumerate(codes))])
        await self.run("students", "push", str(hei), "--from", str(numbers))
        units = self._dcs_mirror.folder / "units.csv"
        units.write_bytes(file_of(self._sandbox.records, more=["1,1,1,20,2026-03-01,"]))
        await self.run("axcelerate", "update-units", str(units), code=1)
        await self.on(date(2026, 5, 6))
        away = {"kind": "status", "status": 404, "method": "GetCourses", "query": {"hei": other}}
        await self.with_fault(away, "sync")
        await self.run("refresh", str(hei), "--course", (await self.courses(hei))[0]["code"])

    async def june(self) -> None:
        """Three rollovers on two days."""
        hei, other, third = self.heis
        await self.on(date(2026, 6, 10))
        await self.run("sync")
        await self.on(date(2026, 6, 11))
        dropped = (await self.courses(hei))[-1]["id"]
        await self.upstream(
            "rollover", hei, new_course_ids=True, without_previous_id=0.2, drop_courses=[dropped]
        )
        await self.upstream("rollover", other)
        await self.run("sync")
        await self.on(date(2026, 6, 22))
        await self.upstream("rollover", third, without_previous_id=0.1)
        await self.upstream("add", hei, kind="item", course_id=(await self.courses(hei))[0]["id"])
        await self.run("sync")

    async def august(self) -> None:
        """The recheck of all three, flags that are dealt with, and a rejected request."""
        hei, other, third = self.heis
        await self.on(date(2026, 7, 28))
        await self.run("sync")
        await self.on(date(2026, 8, 4))
        await self.upstream("recheck", hei, kind="pending", share=0.4, seed=1)
        await self.upstream("recheck", other, kind="licence", share=0.3, seed=2)
        await self.run("sync")
        flags = await self.run("flags", "--json")
        await self.run("flags", "ack", str(flags[0]["flag_id"]), "--note", "asked the publisher")
        back = {"content-status": "Active", "licence": "Covered by CLA Licence"}
        await self.on(date(2026, 8, 9))
        await self.upstream("edit", hei, request_id=flags[1]["request_id"], set=back)
        await self.run("sync")
        await self.on(date(2026, 9, 1))
        await self.upstream("unsubscribe", third)
        await self.upstream("random-edits", hei, count=6, seed=9)
        await self.run("sync")

    async def winter(self) -> None:
        """A quiet night, one with a record without an id, which nobody mended, and one that is killed."""
        await self.on(date(2027, 2, 1))
        await self.run("sync")
        await self.on(date(2027, 2, 2))
        await self.with_fault(await self.broken(self.heis[0]), "sync")
        await misbehave(self._sandbox, {"kind": "hang", "method": "GetCourses"})
        await control(self._sandbox, "stats/reset")
        tonight = self._dcs_mirror.but(DCS_NOW=f"{self._today + timedelta(days=1)}T02:00:00Z")
        process = await tonight.start("sync")
        async with asyncio.timeout(60):
            while not (await control(self._sandbox, "stats"))["methods"].get("GetCourses"):
                pass
        process.send_signal(signal.SIGKILL)
        await process.communicate()
        await misbehave(self._sandbox)


async def lived(url: str) -> None:
    """Fills the empty database at ``url`` with a year."""
    records = build_records(["HIS 1"], RecordSizes(contacts=3, classes_each=1, units=2))
    world = build_world(Sizes(institutions=3, courses=6, items=4), seed=8)
    connection = await asyncpg.connect(url)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with running_sandbox(world, records=records) as sandbox:
                dcs_mirror = command_line(Path(folder), sandbox, url).but(
                    AXCELERATE_URL=sandbox.axcelerate_url,
                    AXCELERATE_API_TOKEN="sandbox",
                    AXCELERATE_WS_TOKEN="sandbox",
                    AXCELERATE_RATE="0",
                )
                year = Year(dcs_mirror, sandbox, connection)
                for part in (year.march, year.spring, year.june, year.august, year.winter):
                    await part()
    finally:
        await connection.close()


def dumped(url: str, pg_dump: str) -> str:
    """The database as SQL; what only psql or an owner understands is left out."""
    options = ("--inserts", "--rows-per-insert=50", "--no-owner", "--no-comments")
    made = subprocess.run([pg_dump, *options, url], check=True, capture_output=True, text=True)
    script = re.sub(r"(?m)^\\(un)?restrict .*\n", "", made.stdout)
    script = re.sub(r"(?m)^--.*\n(?:\n|(?=--))", "", script)
    grants = re.findall(r"(?m)^(?:GRANT|REVOKE) .*\n", script)
    for grant in grants:
        script = script.replace(grant, _if_there(grant) if " dcs_" in grant else grant)
    return f"-- A year of dcs-mirror {__version__}, made by tests/migration/make_year.py.\n{script}"


def _if_there(grant: str) -> str:
    return f"DO $$ BEGIN {grant.strip()} EXCEPTION WHEN undefined_object THEN NULL; END $$;\n"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("url", help="an empty database")
    parser.add_argument("--pg-dump", default="pg_dump", help="of the server's version")
    given = parser.parse_args()
    for name in [name for name in os.environ if name.startswith(("DCS_", "AXCELERATE_"))]:
        del os.environ[name]
    asyncio.run(lived(given.url))
    sys.stdout.write(dumped(given.url, given.pg_dump))


if __name__ == "__main__":
    main()
