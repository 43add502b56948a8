"""Is everything ready? Settings, the DCS, the database, other sources: looked at and never changed.

Read ``examination`` first: it says what is checked, in which order. ``upstream``, ``store`` and
``sources`` ask and read; ``judging`` decides, as pure functions of what was read.
"""

from dcs_mirror.doctor.examination import examine
from dcs_mirror.doctor.finding import Finding, Level, worst

__all__ = ["Finding", "Level", "examine", "worst"]
