"""Seeded randomness that is the same in every process and on every version of Python."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A seeded source of choices, built on `Random.random()` alone.

    Python guarantees that `random()` repeats for a seed. The methods built on it (`choice`, `shuffle`,
    `sample`) may differ between versions, so they are not used.
    """

    __slots__ = ("_random",)

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random  # noqa: S311 - it makes test data, not secrets

    def below(self, limit: int) -> int:
        """An integer from 0 to `limit` - 1."""
        return int(self._random() * limit)

    def between(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in `share` (0 to 1) of the calls."""
        return self._random() < share

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`, which must not be empty."""
        return options[int(self._random() * len(options))]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different ones of `options`, or all of them if there are fewer, in random order."""
        pool = list(options)
        chosen = []
        for _ in range(min(count, len(pool))):
            at = self.below(len(pool))
            pool[at], pool[-1] = pool[-1], pool[at]
            chosen.append(pool.pop())
        return chosen

    def guid(self) -> str:
        """A GUID: 32 hexadecimal digits in five groups."""
        digits = (
            f"{int(self._random() * 2**52):013x}"
            f"{int(self._random() * 2**52):013x}"
            f"{int(self._random() * 2**24):06x}"
        )
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class RequestIds:
    """The source of request ids for all institutions; no id is issued twice.

    Institutions roll over on the same days, so their new ids interleave: each id is drawn from the next
    `SPREAD` unused ones, and the others of these are drawn later, for any institution.
    """

    SPREAD = 1000

    __slots__ = ("_dice", "_next", "_pool")

    def __init__(self, first: int, dice: Dice) -> None:
        self._dice = dice
        self._pool = list(range(first, first + self.SPREAD))
        self._next = first + self.SPREAD

    def mint(self) -> int:
        """Issue an unused id."""
        at = self._dice.below(self.SPREAD)
        minted = self._pool[at]
        self._pool[at] = self._next
        self._next += 1
        return minted
