"""How many calls a worker's jobs have left: by that, the workers share the requests in flight."""

from dcs_mirror.reconcile.outcome import InstitutionOutcome

UNKNOWN = 500
"""What an institution counts for until its list is read: as many calls as one of usual size has."""


class CallsLeft:
    """Calls that a job still has to make, as far as is known; watches the run that the job is a part of.

    Args:
        calls: how many it counts for until it has read a list of courses.

    Attributes:
        calls: at least one as soon as a list was read, because look-ups may follow the courses.
    """

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def began(self, institutions: int) -> None:
        """Do nothing."""

    def opened(self, hei_id: int, courses: int) -> None:  # noqa: ARG002 - whose list it is makes no difference
        """Count the courses of a list that was read."""
        self.calls = max(1, courses)

    def answered(self) -> None:
        """Count one course less."""
        self.calls = max(1, self.calls - 1)

    def landed(self, outcome: InstitutionOutcome) -> None:
        """Do nothing."""
