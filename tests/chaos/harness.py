"""Where a script is played: the world, a server of its own, runs of the mirror, a reader, and the blows."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from bench.rollover import STRAYS
from dcs_mirror.database.connections import UNREACHABLE
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.errors import MirrorError
from dcs_mirror.sandbox import RunningSandbox
from dcs_mirror.sync import mirror
from tests.chaos.script import SIGNALS, Act, Blow, Run
from tests.support.command import CommandLine, Process
from tests.support.control import control, misbehave
from tests.support.running import NoProgress, settings_for
from tests.support.sessions import END_SESSIONS, PATIENCE, look
from tests.support.walk import FeedReader, Row

CODES = {0, 1, 3, 4}
"""How a run may end that nobody interrupts: the usage is right, the settings are."""

log = structlog.get_logger()


@dataclass
class Harness:
    """Plays acts, one after the other; ``settings`` are the mirror's, by their names in Settings."""

    sandbox: RunningSandbox
    server: EmbeddedServer
    dcs_mirror: CommandLine
    settings: dict[str, object]
    feed: FeedReader = field(default_factory=FeedReader)
    _processes: list[Process] = field(default_factory=list)
    _signals: dict[int, signal.Signals] = field(default_factory=dict)
    _is_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def truth(self) -> Row:
        """The whole world as it is now."""
        state: Row = await control(self.sandbox, "state")
        return state

    async def play(self, act: Act) -> list[int | None]:
        """Plays one act to its end; the exit codes of its runs, None for those that were interrupted."""
        self._processes.clear()
        self._signals.clear()
        self._is_up.set()
        await misbehave(self.sandbox, *act.faults)
        began = self._answered()
        async with asyncio.timeout(2 * PATIENCE), self._followed(), asyncio.TaskGroup() as group:
            # What befalls the first run finds it at work, not still starting; so do the others.
            runs = [group.create_task(self._run(act.runs[0]))]
            await self._reached(began + 1, runs)
            runs += [group.create_task(self._run(run)) for run in act.runs[1:]]
            for blow in act.blows:
                await self._reached(began + blow.after, runs)
                await self._strike(blow, act.seed)
        await misbehave(self.sandbox)
        return [run.result() for run in runs]

    async def _reached(self, answered: int, runs: Sequence[asyncio.Task[int | None]]) -> None:
        """Returns when the sandbox has answered so many calls in all, or no run is left."""
        while self._answered() < answered and not all(run.done() for run in runs):
            await control(self.sandbox, "stats")

    def _answered(self) -> int:
        return self.sandbox.stats.outcomes.total()

    async def _run(self, run: Run) -> int | None:
        institution, course, request_id = await self._chosen(run.place)
        arguments = {
            "refresh": ["refresh", str(institution)],
            "refresh --course": ["refresh", str(institution), "--course", course],
            "refresh --request": ["refresh", str(institution), "--request", str(request_id)],
        }.get(run.errand, run.errand.split())
        if run.is_process:
            return await self._run_process(arguments)
        settings, url = settings_for(self.sandbox, **self.settings), self.server.url()
        try:
            async with mirror.open_mirror(settings, url) as opened:
                if run.errand.startswith("sync"):
                    report = await opened.sync(NoProgress(), resume="--resume" in arguments)
                else:
                    report = await opened.refresh(
                        institution,
                        NoProgress(),
                        course=course if run.errand == "refresh --course" else None,
                        request_id=request_id if run.errand == "refresh --request" else None,
                    )
        except MirrorError as error:
            code = error.exit_code
        else:
            code = report.exit_code
        assert code in CODES
        log.info("ended", run=" ".join(arguments), code=code)
        return code

    async def _run_process(self, arguments: list[str]) -> int | None:
        process = await self.dcs_mirror.start(*arguments)
        self._processes.append(process)
        _, err = await process.communicate()
        log.info("ended", run=" ".join(arguments), code=process.returncode, told=err.decode())
        assert "Traceback" not in err.decode()
        sent = self._signals.get(process.pid)
        # By a signal that it does not catch any more it ends when its work is done, as it leaves.
        assert process.returncode in CODES | ({130, -sent} if sent else set())
        return None if sent else process.returncode

    async def _chosen(self, place: int) -> tuple[int, str, int]:
        """An institution, the code of one of its courses, one of its requests: by a number of any size."""
        institutions = (await self.truth())["institutions"]
        institution = institutions[place % len(institutions)]
        courses = institution["courses"] or [{"code": "none is left", "items": []}]
        course = courses[place % len(courses)]
        items = course["items"] + institution["unattached"] or [{"request-id": 1}]
        return institution["id"], course["code"], items[place % len(items)]["request-id"]

    async def _strike(self, blow: Blow, seed: int) -> None:
        log.info("strikes", what=blow.what, answered=self._answered())
        institution, _, _ = await self._chosen(blow.place)
        if blow.what in SIGNALS:
            for process in self._processes[:1]:
                with suppress(ProcessLookupError):
                    self._signals[process.pid] = signal.Signals[blow.what]
                    process.send_signal(self._signals[process.pid])
        elif blow.what == "sessions end":
            async with look(self.server.url()) as connection:
                await connection.execute(END_SESSIONS)
        elif blow.what == "server restarts":
            self._is_up.clear()
            await asyncio.to_thread(self.server.stop)
            await asyncio.to_thread(self.server.start)
            self._is_up.set()
        elif blow.what == "edits":
            await control(self.sandbox, "random-edits", count=8, seed=seed + blow.place)
        elif blow.what == "rollover":
            await control(self.sandbox, "rollover", hei=institution, without_previous_id=0.2)
        elif blow.what == "recheck":
            await control(self.sandbox, "recheck", hei=institution, kind="pending", share=0.3, seed=seed)
        else:
            await control(self.sandbox, blow.what, hei=institution)

    @asynccontextmanager
    async def _followed(self) -> AsyncIterator[None]:
        """A reader follows the feed over and over while the block runs; no id that it registered strays."""
        is_over = asyncio.Event()

        async def follow() -> None:
            while not is_over.is_set():
                await self._is_up.wait()
                with suppress(*UNREACHABLE):
                    async with look(self.server.url()) as connection:
                        while not is_over.is_set():
                            await self.feed.catch_up(connection)
                            assert await connection.fetchval(STRAYS) == 0

        async with asyncio.TaskGroup() as group:
            group.create_task(follow())
            try:
                yield
            finally:
                is_over.set()
