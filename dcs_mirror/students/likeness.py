"""Codes that should not become new courses, judged by the codes that there are. No I/O."""

from collections.abc import Collection

_FEWEST = 3
"""Of fewer codes it cannot be said what is usual."""
_USUAL = 0.9


class Likeness:
    """What the codes of the DCS have in common."""

    def __init__(self, live: Collection[str]) -> None:
        """Take the codes of courses that are not deleted."""
        self._live = frozenset(filter(_has_digit, live))
        self._numbers = {code.lstrip("0"): code for code in sorted(live) if code.isdecimal()}
        self._all_have_digits = len(live) >= _FEWEST and len(self._live) >= _USUAL * len(live)

    def obstacle(self, code: str) -> str | None:
        """Return why no course should be created with a code, or None.

        It may be a course that the DCS has, with its title, occurrence or year, or several; or a line of a
        report, such as a faculty's or "Printed on"; or a number that lost its leading zeros.
        """
        for index, letter in enumerate(code):
            if not letter.isalnum() and (begins := code[:index].strip()) in self._live:
                ways = "--strip-suffix, --code-pattern or --map lead to that course"
                return f"it begins with {begins!r}, which the DCS has; {ways}"
        number = self._numbers.get(code.lstrip("0")) if code.isdecimal() else None
        if number is not None and number != code:
            return (
                f"it is {number!r}, which the DCS has, but for leading zeros, which spreadsheets drop; "
                "--map leads to that course"
            )
        if self._all_have_digits and not _has_digit(code):
            return "it has no digit, unlike the codes of the DCS"
        return None


def _has_digit(code: str) -> bool:
    return any(letter.isdigit() for letter in code)
