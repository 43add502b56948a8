"""Checks of settings, DCS, database and other sources, which change nothing.

Read ``examination`` first: it lists the checks in their order. ``upstream``, ``database`` and ``sources``
gather facts; ``assess`` turns them into findings with pure functions.
"""

from dcs_mirror.doctor.examination import examine
from dcs_mirror.doctor.finding import Finding, Level, worst

__all__ = ["Finding", "Level", "examine", "worst"]
