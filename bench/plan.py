"""A run: which measures are taken, how large, how often, and in what order."""

from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from bench import rollover
from bench.figures import Figure, Run, Say, at_most
from bench.join import join
from bench.limits import bare_fetch, raw_fetch
from bench.machine import machine
from bench.peers import peers
from bench.postgres import Server, server
from bench.process import python
from bench.syncs import far_away, growth, largest, nights
from bench.upstream import serving
from bench.world import World


class Measure(StrEnum):
    """What can be asked for by name."""

    NIGHTS = "nights"
    FAR_AWAY = "far-away"
    MEMORY = "memory"
    ROLLOVER = "rollover"
    JOIN = "join"
    START_UP = "start-up"
    PEERS = "peers"


_LARGE = 10_000


class Plan(msgspec.Struct, frozen=True):
    """``courses`` are the sizes of the nights, of which those up to 10,000 are measured from far away too;
    ``rows`` are the ids of the rollover, ``stored`` those of the join, ``largest`` the courses of the world
    in which memory is measured.

    Without ``repetitions`` everything is taken three times, and nights that take minutes once.
    """

    measures: tuple[Measure, ...] = tuple(Measure)
    courses: tuple[int, ...] = (3_000, 10_000, 100_000)
    rows: int = 250_000
    stored: int = 1_000_000
    largest: int = 250_000
    repetitions: int | None = None

    def times(self, courses: int = 0) -> int:
        """How often a measure is taken in a world of so many courses."""
        return self.repetitions or (1 if courses > _LARGE else 3)


STANDARD = Plan()

SMOKE = Plan(courses=(20, 40), rows=1_000, stored=1_000, largest=20, repetitions=1)
"""Everything once and tiny: shows that the bench works, and nothing about speed."""


async def take(plan: Plan, say: Say) -> Run:
    """Takes the measures of a plan, one after the other.

    Raises:
        BenchFailed: where something that is measured did not do its work.
    """
    with server() as given:
        async with given as postgres:
            ceiling, bare = await _ceiling(plan.courses[0])
            say(f"the upstream answers {ceiling:,.0f} calls a second; a bare fetch asks {bare:,.0f}")
            figures = [figure for name in plan.measures for figure in await _taken(name, plan, postgres, say)]
            return Run(
                taken_at=datetime.now(UTC).isoformat(timespec="seconds"),
                machine=machine(await postgres.version()),
                ceiling=ceiling,
                bare_fetch=bare,
                figures=figures,
            )


async def _taken(measure: Measure, plan: Plan, postgres: Server, say: Say) -> list[Figure]:
    figures, often = [], plan.times()
    match measure:
        case Measure.NIGHTS:
            for courses in plan.courses:
                figures += await nights(postgres, courses, plan.times(courses), say)
            figures += growth(figures)
        case Measure.FAR_AWAY:
            for courses in (size for size in plan.courses if size <= _LARGE):
                figures += await far_away(postgres, courses, plan.times(courses), say)
        case Measure.MEMORY:
            figures = await largest(postgres, plan.largest, say)
        case Measure.ROLLOVER:
            figures = await _rollover(postgres, plan.rows, often, say)
        case Measure.JOIN:
            figures = await join(postgres, plan.stored, often, say)
        case Measure.START_UP:
            figures = await _start_up(often, say)
        case Measure.PEERS:
            figures = await peers(postgres, plan.courses[0], often, say)
    return figures


async def _ceiling(courses: int) -> tuple[float, float]:
    """Calls a second that the upstream can answer, and that a bare fetch asks."""
    world = World(courses)
    with serving(world) as upstream:
        raw, bare = await raw_fetch(upstream), await bare_fetch(upstream)
    return world.calls / raw, world.calls / bare.seconds


async def _rollover(postgres: Server, rows: int, repetitions: int, say: Say) -> list[Figure]:
    """June of every id ÷ one bare UPDATE from a map of them, of the mirror's table and a registered one."""
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
    """`dcs-mirror --help`, beside a Python that does nothing."""
    say("start-up")
    helped, bare = [], []
    for _ in range(repetitions):
        helped.append((await python("-m", "dcs_mirror", "--help")).seconds)
        bare.append((await python("-c", "pass")).seconds)
    return [
        Figure("start-up: dcs-mirror --help", "", "s", helped, at_most(0.5)),
        Figure("start-up: python -c pass", "", "s", bare),
    ]
