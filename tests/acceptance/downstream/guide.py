"""The guide for downstream systems, docs/downstream.md, and the world that its examples run in."""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from dcs_mirror.database.connections import Connection
from dcs_mirror.sandbox import RunningSandbox
from tests.support import pages
from tests.support.command import CommandLine, Finished
from tests.support.control import control
from tests.support.running import sync

GUIDE = (Path(__file__).parents[3] / "docs" / "downstream.md").read_text(encoding="utf-8")
HEI, OTHER = 108, 112
MAY, JUNE = datetime(2026, 5, 20, 1, tzinfo=UTC), datetime(2026, 6, 9, 1, tzinfo=UTC)
JULY, AUGUST = datetime(2026, 7, 30, 1, tzinfo=UTC), datetime(2026, 8, 4, 1, tzinfo=UTC)

# Roles belong to the whole server, so the guide's names get this process's id.
ROLES = {name: f"{name}_{os.getpid()}" for name in ("dcs_sync", "reading_lists")}
PASSWORD = "for-this-test"

Row = dict[str, Any]


def blocks(heading: str, *, as_written: bool = False) -> list[str]:
    """Return the fenced blocks under a heading of the guide, with the roles of this run or as they stand."""
    sections = re.split(r"^##+ (.*)$", GUIDE, flags=re.MULTILINE)
    (text,) = [t for title, t in zip(sections[1::2], sections[2::2], strict=True) if title == heading]
    found = pages.blocks(text, "sql", "sh")
    return (
        found
        if as_written
        else [
            re.sub(r"(?<=\bTO )(\w+);|(?<=AUTHORIZATION )(\w+);", lambda m: _role(m[1] or m[2]), block)
            for block in found
        ]
    )


def _role(name: str) -> str:
    return f"{ROLES.get(name, name)};"


@dataclass(frozen=True)
class Downstream:
    """A mirror that one role maintains, and a downstream system that reads it as another role."""

    sandbox: RunningSandbox
    url: str
    admin: Connection
    lists: Connection
    dcs_mirror: CommandLine

    async def night(self, now: datetime, outcome: str = "complete") -> None:
        """Run the nightly sync of the two institutions and check its outcome."""
        assert (await sync(self.sandbox, self.url, HEI, OTHER, now=now)).outcome == outcome

    async def shell(self, block: str) -> list[Finished]:
        """Run the commands of a block one after the other."""
        lines = [shlex.split(line) for line in block.splitlines()]
        assert {line[0] for line in lines} == {"dcs-mirror"}
        return [await self.dcs_mirror(*line[1:]) for line in lines]

    async def ask(self, query: str) -> list[Row]:
        """Return the rows of a query, run as the downstream system's role."""
        return [dict(row) for row in await self.lists.fetch(query)]

    async def truth(self) -> list[Row]:
        """Return every item of the institution that a course code leads to, with the status of its course."""
        (institution,) = (await control(self.sandbox, "state"))["institutions"][:1]
        assert institution["id"] == HEI
        return [
            item | {"course": course["status"]}
            for course in institution["courses"]
            for item in course["items"]
            if item["reachable"]
        ]

    async def truth_by_number(self) -> Mapping[int, Row]:
        """Return the same items by the sandbox's own number, which an item keeps through every rollover."""
        return {item["number"]: item for item in await self.truth()}


def as_role(url: str, role: str) -> str:
    """Return the URL of the same database for another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(PASSWORD)}@{place}"))


async def june(downstream: Downstream, outcome: str = "complete", **how: object) -> None:
    """Roll the institution over, with new course ids and some missing previous-year-ids, and sync."""
    await control(
        downstream.sandbox, "rollover", hei=HEI, new_course_ids=True, without_previous_id=0.1, **how
    )
    await downstream.night(JUNE, outcome)


async def pairs(downstream: Downstream, query: str) -> list[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in await downstream.lists.fetch(query)]
