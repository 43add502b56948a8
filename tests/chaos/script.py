"""What a seed draws: the acts of a chaos, each with its faults, its runs, and what befalls them. No I/O."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from dcs_mirror.sandbox.dice import Dice

Fault: TypeAlias = dict[str, Any]
Errand: TypeAlias = Literal["sync", "sync --resume", "refresh", "refresh --course", "refresh --request"]
Disturbance: TypeAlias = Literal[
    "SIGINT",
    "SIGTERM",
    "SIGKILL",
    "sessions end",
    "server restarts",
    "edits",
    "rollover",
    "recheck",
    "unsubscribe",
    "subscribe",
]
INSTITUTIONS = 3
SIGNALS: tuple[Disturbance, ...] = ("SIGINT", "SIGTERM", "SIGKILL")
OF_THE_DATABASE: tuple[Disturbance, ...] = ("sessions end", "sessions end", "server restarts")
OF_THE_WORLD: tuple[Disturbance, ...] = (
    *("edits",) * 4,
    *("rollover",) * 2,
    "recheck",
    "unsubscribe",
    *("subscribe",) * 2,
)
_ERRANDS: tuple[Errand, ...] = (
    "sync",
    "refresh",
    "refresh",
    "refresh --course",
    "refresh --course",
    "refresh --request",
)

HONEST: tuple[Fault, ...] = (
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502, "body": "none"},
    {"kind": "status", "status": 503, "retry_after": 1},
    {"kind": "status", "status": 429, "retry_after": 1, "retry_after_form": "date", "body": "json"},
    {"kind": "error", "code": 4},
    {"kind": "redirect"},
    {"kind": "slow-start", "seconds": 0.3},
    {"kind": "drip", "bytes": 400, "every": 0.01},
    {"kind": "hang", "at": "start", "times": 1},
    {"kind": "hang", "at": "body", "times": 1},
    {"kind": "reset", "at": "start"},
    {"kind": "reset", "at": "headers"},
    {"kind": "reset", "at": "body"},
    {"kind": "cut"},
    {"kind": "huge", "bytes": 300_000, "announced": False},
    {"kind": "gzip-plain"},
    {"kind": "gzip-cut"},
    {"kind": "half-json"},
    {"kind": "wrong-total", "by": 1},
    {"kind": "wrong-total", "by": -1},
    {"kind": "empty", "total": "true"},
    {"kind": "duplicate"},
    {"kind": "no-ids", "entries": 1},
    {"kind": "wrong-numbers", "form": "digits"},
    {"kind": "wrong-lists", "form": "null"},
    {"kind": "wrong-lists", "form": "object"},
    {"kind": "nul"},
)
"""Faults that bring the truth late, broken or oddly written, but never another one in its place."""

LYING: tuple[Fault, ...] = (
    {"kind": "error", "code": 1, "method": "GetCourses"},
    {"kind": "error", "code": 2, "query": {"code": True}},
    {"kind": "error", "code": 3, "times": 1},
    {"kind": "error", "code": 5, "method": "GetCourses"},
    {"kind": "invalid-utf8"},
    {"kind": "wrong-numbers", "form": "words", "fields": ["id", "request-id", "file-size"]},
    {"kind": "wrong-numbers", "form": "object", "fields": ["total-results", "book-pages"]},
)
"""Faults that say what is not so, but not that anything is gone: what lies about that, nobody can tell."""


@dataclass(frozen=True)
class Run:
    """One run of the mirror; ``place`` chooses its institution and what it refreshes of it."""

    errand: Errand
    place: int
    is_process: bool


@dataclass(frozen=True)
class Blow:
    """What happens once the sandbox has answered so many calls of the act; signals go to its first run."""

    after: int
    what: Disturbance
    place: int


@dataclass(frozen=True)
class Act:
    """So many edits, then all runs at once, under faults and blows, until none of them runs any more."""

    edits: int
    seed: int
    faults: tuple[Fault, ...]
    runs: tuple[Run, ...]
    blows: tuple[Blow, ...]

    @property
    def is_told_the_truth(self) -> bool:
        """Whether every answer was true, and still is when the act ends."""
        lies = {fault["kind"] for fault in self.faults} & {fault["kind"] for fault in LYING}
        return not lies and not any(blow.what in OF_THE_WORLD for blow in self.blows)


def drawn(seed: int) -> list[Act]:
    """The acts of a seed: the same ones on every machine."""
    dice, rolled_over = Dice(seed), set[int]()
    return [_act(dice, rolled_over) for _ in range(dice.between(12, 16))]


def _act(dice: Dice, rolled_over: set[int]) -> Act:
    runs = [Run("sync --resume" if dice.chance(0.4) else "sync", dice.below(100), is_process=True)]
    if dice.chance(0.25):
        runs = []
    runs += [
        Run(dice.pick(_ERRANDS), dice.below(100), is_process=dice.chance(0.1))
        for _ in range(dice.between(0 if runs else 1, 2))
    ]
    blows = []
    if runs[0].is_process and dice.chance(0.55):
        blows.append(dice.pick(SIGNALS))
    if dice.chance(0.3):
        blows.append(dice.pick(OF_THE_DATABASE))
    blows += [dice.pick(OF_THE_WORLD) for _ in range(dice.between(0, 2))]
    # A sync of the whole world makes about 22 calls; an instant that never comes is the end of the act.
    timed = [Blow(dice.between(1, 24), what, dice.below(100)) for what in blows]
    for blow in [blow for blow in timed if blow.what == "rollover"]:
        # Once each, as in a June: a mirror that sleeps through years is another story, and has its own tests.
        if blow.place % INSTITUTIONS in rolled_over:
            timed.remove(blow)
        rolled_over.add(blow.place % INSTITUTIONS)
    return Act(
        edits=dice.between(0, 6),
        seed=dice.below(10_000),
        faults=tuple(_fault(dice) for _ in range(dice.between(0, 3))),
        runs=tuple(runs),
        blows=tuple(sorted(timed, key=lambda blow: blow.after)),
    )


def _fault(dice: Dice) -> Fault:
    chosen = dice.pick(LYING if dice.chance(0.15) else HONEST)
    aimed: Fault = {"share": dice.between(5, 35) / 100, "seed": dice.below(10_000), "times": 6}
    if dice.chance(0.7):
        aimed["method"] = dice.pick(("GetInstitutions", "GetCourses", "GetCourseContent", "GetCourseContent"))
    return aimed | chosen
