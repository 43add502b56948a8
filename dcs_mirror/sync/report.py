"""The report of a run, and what watches its progress."""

from dataclasses import dataclass, field
from typing import Protocol

from dcs_mirror.errors import MirrorError
from dcs_mirror.reconcile.outcome import InstitutionOutcome
from dcs_mirror.sync import crawl


class Progress(crawl.CrawlProgress, Protocol):
    """Watches a run."""

    def began(self, institutions: int) -> None:
        """The run will read this many institutions."""

    def landed(self, outcome: InstitutionOutcome) -> None:
        """An institution was applied, held, or failed."""


class NoProgress:
    """Progress of a run that is not watched."""

    def began(self, institutions: int) -> None:
        """Do nothing."""

    def opened(self, hei_id: int, courses: int) -> None:
        """Do nothing."""

    def answered(self) -> None:
        """Do nothing."""

    def landed(self, outcome: InstitutionOutcome) -> None:
        """Do nothing."""


@dataclass(slots=True)
class Report:
    """What a run did.

    Attributes:
        run_id: its number in ``dcs.sync_run``.
        requests: HTTP requests sent, retries included.
        seconds: how long it took.
        institutions: what became of every institution.
        error: what ended the run early, None if nothing did.
        failures: the errors that institutions failed with.
        resumed: which run it resumed, and how many institutions it left out; None if it resumed none.
    """

    run_id: int
    requests: int = 0
    seconds: float = 0.0
    institutions: list[InstitutionOutcome] = field(default_factory=list)
    error: MirrorError | None = None
    failures: list[MirrorError] = field(default_factory=list)
    resumed: str | None = None

    @property
    def outcome(self) -> str:
        """``complete``, ``partial`` or ``failed``."""
        if self.error is None and not self.failures and all(map(_is_success, self.institutions)):
            return "complete"
        landed = any(o.outcome in {"complete", "partial"} for o in self.institutions)
        return "partial" if landed else "failed"

    @property
    def exit_code(self) -> int:
        """0 if everything landed, 1 if some did not, else the code of what prevented all of it."""
        if self.error is not None:
            return self.error.exit_code
        if self.outcome == "failed":
            return max((failure.exit_code for failure in self.failures), default=1)
        return 0 if self.outcome == "complete" else 1


def _is_success(outcome: InstitutionOutcome) -> bool:
    """Return whether nothing went wrong: an institution that withdrew is news, not a failure."""
    return outcome.outcome == "complete" or (outcome.outcome == "unsubscribed" and outcome.error is None)
