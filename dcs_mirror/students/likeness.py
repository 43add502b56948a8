"""Codes that should not become new courses, judged by the codes that there are. No I/O."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass

_FEWEST = 3
"""Of fewer codes it cannot be said what is usual."""
_USUAL = 0.9
_TRAITS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda code: any(letter.isdigit() for letter in code), "has no digit"),
    (lambda code: any(letter.isalpha() for letter in code), "has no letter"),
    (lambda code: not any(letter.islower() for letter in code), "has small letters"),
    (lambda code: code.count(" ") < 2, "has several blanks"),
)
"""What codes of an institution have in common, and what is said of one that lacks it."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no course should be created with a code; ``is_course`` says whether it is one that the DCS has."""

    why: str
    is_course: bool


class Likeness:
    """What the codes of the DCS have in common."""

    def __init__(self, live: Collection[str]) -> None:
        """Take the codes of courses that are not deleted."""
        has_digit = _TRAITS[0][0]
        self._live = frozenset(filter(has_digit, live))
        self._plain: dict[str, list[str]] = defaultdict(list)
        for code in sorted(self._live):
            self._plain[_plain(code)].append(code)
        self._numbers = {code.lstrip("0"): code for code in sorted(live) if code.isdecimal()}
        self._usual = [
            (has_trait, lacks)
            for has_trait, lacks in _TRAITS
            if len(live) >= _FEWEST and sum(map(has_trait, live)) >= _USUAL * len(live)
        ]

    def obstacle(self, code: str) -> Obstacle | None:
        """Return why no course should be created with a code, or None.

        It may be a course that the DCS has, in another punctuation, with its title, occurrence or year, or
        several; or a line of a report, such as a faculty's or "Printed on"; or a number that lost its leading
        zeros.
        """
        for index, letter in enumerate(code):
            if letter.isalnum():
                continue
            begins, ends = code[:index].strip(), code[index + 1 :].strip()
            if begins in self._live:
                ways = "--strip-suffix, --code-pattern or --map lead to that course"
                return Obstacle(f"it begins with {begins!r}, which the DCS has; {ways}", is_course=True)
            if ends in self._live and not ends.isdecimal():
                ways = "--code-pattern or --map lead to that course"
                return Obstacle(f"it ends with {ends!r}, which the DCS has; {ways}", is_course=True)
        alike = next((each for each in self._plain.get(_plain(code), ()) if _are_one(each, code)), None)
        if alike is not None:
            why = f"the DCS has {alike!r}, which differs only in punctuation; --map leads to that course"
            return Obstacle(why, is_course=True)
        number = self._numbers.get(code.lstrip("0")) if code.isdecimal() else None
        if number is not None and number != code:
            return Obstacle(
                f"it is {number!r}, which the DCS has, but for leading zeros, which spreadsheets drop; "
                "--map leads to that course",
                is_course=False,
            )
        for has_trait, lacks in self._usual:
            if not has_trait(code):
                return Obstacle(f"it {lacks}, unlike the codes of the DCS", is_course=False)
        return None


def _plain(code: str) -> str:
    """Return a code without punctuation that means nothing: C++ is not C."""
    return "".join(letter for letter in code.casefold() if letter.isalnum() or letter in "+#&")


def _are_one(code: str, other: str) -> bool:
    """Return whether codes equal without punctuation may be of one course: LAW/1/12 is not LAW/11/2."""
    numbers, others = re.findall("[0-9]+", code), re.findall("[0-9]+", other)
    return code != other and (numbers == others or len(numbers) != len(others))
