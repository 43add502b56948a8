"""Which rule holds an institution back, and what to do about it. No I/O."""

from dataclasses import dataclass

_RULES = ("C3", "R4", "R7", "R8")
_OPTIONS = {"C3": "--accept-removals", "R7": "--accept-year"}
_BY_COMMAND = "ask CLA. If the DCS is right after all, have it applied with"
_BY_ITSELF = "nothing at first; the next night reads it again. If it lasts, ask CLA."


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about an institution that is held.

    Attributes:
        text: in words, after "What to do:"; the command follows it, if there is one.
        command: what applies the reading nevertheless; None if it comes right by itself or nothing should.
    """

    text: str
    command: str | None

    def __str__(self) -> str:
        return self.text if self.command is None else f"{self.text}: {self.command}"


def rule_of(error: str) -> str | None:
    """Return the number of the rule that the error of a held reading names; None if it names none."""
    return next((rule for rule in _RULES if error.startswith(f"{rule}:") or f" {rule}:" in error), None)


def advice(hei_id: int, error: str) -> Advice:
    """Return what to do about an institution of which a reading is held with this error."""
    option = _OPTIONS.get(rule_of(error) or "")
    if option is None:
        return Advice(_BY_ITSELF, None)
    return Advice(_BY_COMMAND, f"dcs-mirror sync --hei {hei_id} {option}")


def reason(hei_id: int, error: str) -> str:
    """Return the error of a held reading without the command at its end, for what shows the advice, too."""
    command = advice(hei_id, error).command
    told = error.rstrip()
    if command is None or not told.endswith(f": {command}"):
        return error
    why, _, _ = told.rpartition(". ")
    return f"{why}." if why else error
