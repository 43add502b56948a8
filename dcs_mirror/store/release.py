"""Which rule holds an institution back, and the command that has its reading applied nevertheless. No I/O."""

_RULES = ("C3", "R4", "R7", "R8")
_OPTIONS = {"C3": "--accept-removals", "R7": "--accept-year"}


def rule_of(error: str) -> str | None:
    """Return the number of the rule that the error of a held reading names; None if it names none."""
    return next((rule for rule in _RULES if error.startswith(f"{rule}:") or f" {rule}:" in error), None)


def release(hei_id: int, error: str) -> str | None:
    """Return the command that applies a held reading; None if it comes right by itself or nothing should."""
    option = _OPTIONS.get(rule_of(error) or "")
    return f"dcs-mirror sync --hei {hei_id} {option}" if option else None
