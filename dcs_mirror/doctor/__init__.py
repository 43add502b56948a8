"""Is everything ready? Settings, the DCS, the database and what stands in it, looked at and never changed.

Read ``examination`` first: it says what is checked, in which order. ``upstream`` and ``store`` ask and
read; ``judging`` decides, as pure functions of what was read.
"""

from dcs_mirror.doctor.examination import examine
from dcs_mirror.doctor.finding import Finding, Level, worst

__all__ = ["Finding", "Level", "examine", "worst"]
