"""A run: which measures are taken, at which sizes, how often, in which order."""

from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from bench import rollover
from bench.figures import Figure, Run, Say, at_most
from bench.indexes import indexes
from bench.join import join
from bench.limits import bare_fetch, raw_fetch
from bench.machine import machine
from bench.pages import first_bytes
from bench.peers import peers
from bench.postgres import Server, server
from bench.process import python
from bench.questions import questions
from bench.service import service
from bench.syncs import far_away, growth, largest, nights, registered
from bench.upstream import serving
from bench.workers import far_away_shared, shared
from bench.world import World


class Measure(StrEnum):
    """The measures, by the names of the command line."""

    NIGHTS = "nights"
    FAR_AWAY = "far-away"
    WORKERS = "workers"
    FAR_AWAY_WORKERS = "far-away-workers"
    MEMORY = "memory"
    ROLLOVER = "rollover"
    REGISTERED = "registered"
    JOIN = "join"
    QUESTIONS = "questions"
    INDEXES = "indexes"
    SERVICE = "service"
    PAGES = "pages"
    START_UP = "start-up"
    PEERS = "peers"


_LARGE = 10_000


class Plan(msgspec.Struct, frozen=True):
    """What a run measures.

    ``courses`` are the sizes of the nights; the small ones, up to 10,000, also with a far-away upstream.
    ``workers`` says how many workers share the largest night; three share the largest of the small ones.
    ``rows`` is the number of ids of the rollover, ``stored`` that of the join and of the registered rows,
    ``asked`` the number of items among which questions and pages are asked for, of which a tenth is indexed,
    ``largest`` the number of courses for the measure of memory, ``seconds`` how long the service is under
    load each time. Without ``repetitions`` each measure is taken three times, long nights once.
    """

    measures: tuple[Measure, ...] = tuple(Measure)
    courses: tuple[int, ...] = (3_000, 10_000, 100_000)
    workers: tuple[int, ...] = (2, 4)
    rows: int = 250_000
    stored: int = 1_000_000
    asked: int = 2_000_000
    largest: int = 250_000
    seconds: float = 5.0
    repetitions: int | None = None

    @property
    def small(self) -> tuple[int, ...]:
        """The sizes of the nights that are not long, and in any case the smallest."""
        return self.courses[:1] + tuple(size for size in self.courses[1:] if size <= _LARGE)

    def times(self, courses: int = 0) -> int:
        """How often a measure is taken in a world of ``courses`` courses."""
        return self.repetitions or (1 if courses > _LARGE else 3)


STANDARD = Plan()

SMOKE = Plan(
    courses=(20, 40),
    workers=(2,),
    rows=1_000,
    stored=1_000,
    asked=2_000,
    largest=20,
    seconds=0.5,
    repetitions=1,
)
"""Every measure once, on tiny data: shows that the bench works, and nothing about speed."""


async def take(plan: Plan, say: Say) -> Run:
    """Take the measures of a plan, one after the other.

    Raises:
        BenchFailed: if a measured program did not do its work.
    """
    with server() as chosen:
        async with chosen as postgres:
            ceiling, bare = await _ceiling(plan.courses[0])
            say(f"the upstream answers {ceiling:,.0f} calls a second; a bare fetch makes {bare:,.0f}")
            figures = [figure for name in plan.measures for figure in await _take(name, plan, postgres, say)]
            return Run(
                taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
                machine=machine(await postgres.version()),
                ceiling=ceiling,
                bare_fetch=bare,
                figures=figures,
            )


async def _take(measure: Measure, plan: Plan, postgres: Server, say: Say) -> list[Figure]:
    repetitions = plan.times()
    match measure:
        case Measure.NIGHTS:
            figures = await _nights(plan, postgres, say)
        case Measure.FAR_AWAY:
            figures = await _far_away(plan, postgres, say)
        case Measure.WORKERS | Measure.FAR_AWAY_WORKERS:
            figures = await _workers(measure, plan, postgres, say)
        case Measure.MEMORY:
            figures = await largest(postgres, plan.largest, say)
        case Measure.ROLLOVER:
            figures = await _rollover(postgres, plan.rows, repetitions, say)
        case Measure.REGISTERED:
            figures = await registered(postgres, plan.small[-1], plan.stored, repetitions, say)
        case Measure.JOIN | Measure.QUESTIONS | Measure.INDEXES | Measure.PAGES:
            figures = await _stored(measure, plan, postgres, say)
        case Measure.SERVICE | Measure.START_UP:
            figures = await _programs(measure, plan, postgres, say)
        case Measure.PEERS:
            figures = await peers(postgres, plan.courses[0], repetitions, say)
    return figures


async def _programs(measure: Measure, plan: Plan, postgres: Server, say: Say) -> list[Figure]:
    """Measure the service under load, or the start of the program."""
    if measure is Measure.SERVICE:
        return await service(postgres, plan.courses[0], plan.seconds, plan.times(), say)
    return await _start_up(plan.times(), say)


async def _stored(measure: Measure, plan: Plan, postgres: Server, say: Say) -> list[Figure]:
    """Measure what is asked of a mirror that is there, without a sync."""
    if measure is Measure.JOIN:
        return await join(postgres, plan.stored, plan.times(), say)
    if measure is Measure.QUESTIONS:
        return await questions(postgres, plan.asked, plan.times(), say)
    if measure is Measure.PAGES:
        return await first_bytes(postgres, plan.asked, plan.times(), say)
    return await indexes(postgres, plan.asked // 10, plan.times(), say)


async def _nights(plan: Plan, postgres: Server, say: Say) -> list[Figure]:
    """Measure the nights of every size, and whether the rate of calls falls as the size grows."""
    figures = []
    for courses in plan.courses:
        figures += await nights(postgres, courses, plan.times(courses), say)
    return figures + growth(figures)


async def _far_away(plan: Plan, postgres: Server, say: Say) -> list[Figure]:
    """Measure the nights of the small sizes at an upstream with latency."""
    figures = []
    for courses in plan.small:
        figures += await far_away(postgres, courses, plan.times(courses), say)
    return figures


async def _workers(measure: Measure, plan: Plan, postgres: Server, say: Say) -> list[Figure]:
    """Measure nights that workers share: the largest without latency, the largest small one with it."""
    if measure is Measure.WORKERS:
        courses = plan.courses[-1]
        return await shared(postgres, courses, plan.workers, plan.times(courses), say)
    courses = plan.small[-1]
    return await far_away_shared(postgres, courses, plan.times(courses), say)


async def _ceiling(courses: int) -> tuple[float, float]:
    """Calls per second that the upstream can answer, and that a bare fetch makes: as many if it is large."""
    world = World(min(courses, _LARGE))
    with serving(world) as upstream:
        raw, bare = await raw_fetch(upstream), await bare_fetch(upstream)
    return world.calls / raw, world.calls / bare.seconds


async def _rollover(postgres: Server, rows: int, repetitions: int, say: Say) -> list[Figure]:
    """Measure a rollover of all ids ÷ one bare UPDATE of the mirror's table and of a registered one."""
    ratios = []
    for repetition in range(repetitions):
        say(f"a rollover of {rows:,} ids, {repetition + 1} of {repetitions}")
        async with postgres.mirror() as database:
            settings = {"DCS_DATABASE_URL": database}
            process = await python("-m", "bench.rollover", str(rows), settings=settings)
        seconds = msgspec.json.decode(process.out, type=rollover.Seconds)
        ratios.append(seconds.rollover / seconds.bare)
    return [Figure("rollover ÷ bare UPDATE", f"{rows:,} ids", "", ratios, at_most(3))]


async def _start_up(repetitions: int, say: Say) -> list[Figure]:
    """Measure `dcs-mirror --help`, beside a Python that does nothing."""
    say("start-up")
    with_help, bare = [], []
    for _ in range(repetitions):
        with_help.append((await python("-m", "dcs_mirror", "--help")).seconds)
        bare.append((await python("-c", "pass")).seconds)
    return [
        Figure("start-up: dcs-mirror --help", "", "s", with_help, at_most(0.5)),
        Figure("start-up: python -c pass", "", "s", bare),
    ]
