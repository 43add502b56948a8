"""The codes of the DCS that are most similar to one that it lacks (A5). No I/O."""

from collections.abc import Collection
from heapq import nsmallest

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Prefix

NEAREST = 3
"""How many similar codes are listed for an unaligned one."""
NEAR_ENOUGH = 60
"""The least similarity of a listed code; 100 means equal."""


class NearestCodes:
    """Finds the most similar of some codes, ignoring case; a code that is asked for again costs nothing."""

    def __init__(self, codes: Collection[str]) -> None:
        self._codes = list(codes)
        self._folded = [code.casefold() for code in self._codes]
        self._known: dict[str, tuple[str, ...]] = {}

    def to(self, code: str) -> tuple[str, ...]:
        """Return the codes most similar to ``code``.

        Of codes that are equally similar, those that begin alike go first, then the alphabet decides.
        """
        if code not in self._known:
            self._known[code] = self._look(code.casefold())
        return self._known[code]

    def _look(self, wanted: str) -> tuple[str, ...]:
        def rank(found: tuple[str, float, int]) -> tuple[float, int, str]:
            near, score, index = found
            return -score, -Prefix.similarity(wanted, near), self._codes[index]

        found = process.extract(wanted, self._folded, scorer=fuzz.ratio, limit=None, score_cutoff=NEAR_ENOUGH)
        return tuple(self._codes[index] for _, _, index in nsmallest(NEAREST, found, key=rank))
