"""What this process sends to the DCS."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dcs_mirror.upstream.answers import Load
from dcs_mirror.version import __version__

_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_IDLE = Load(limit=0, in_flight=0, pause_left=0.0, is_probing=False)


class CallMetrics:
    """Counts the requests of one process; an :class:`~dcs_mirror.upstream.observer.Observer`.

    Args:
        load: says what the client does just now; None if there is no client.
    """

    def __init__(self, load: Callable[[], Load | None]) -> None:
        self._load = load
        self._registry = registry = CollectorRegistry()
        Gauge(
            "dcs_mirror_build_info",
            "Always 1; the label says which release this process runs.",
            ["version"],
            registry=registry,
        ).labels(__version__).set(1)
        self._sent = Counter(
            "dcs_mirror_calls",
            "HTTP requests that this process sent to the DCS, by method and by what became of them.",
            ["method", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "dcs_mirror_call_duration_seconds",
            "Time from sending a request to the DCS to the end of its answer, or to its failure.",
            ["method"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._unusable = Counter(
            "dcs_mirror_unusable_answers",
            "Answers with HTTP 200 that were an error of the DCS's own, or could not be read.",
            registry=registry,
        )
        self._retried = Counter(
            "dcs_mirror_retries", "Questions to the DCS that were asked again.", registry=registry
        )
        self._gauge("dcs_mirror_calls_in_flight", "Requests in flight.", lambda load: load.in_flight)
        self._gauge(
            "dcs_mirror_calls_limit",
            "Requests that this process may have in flight: its share of DCS_CONCURRENCY, less while the DCS "
            "is overloaded.",
            lambda load: load.limit,
        )
        self._gauge(
            "dcs_mirror_dcs_probing",
            "1 while this process finds out whether the DCS is down and sends nothing else.",
            lambda load: load.is_probing,
        )

    def sent(self, method: str, outcome: str, seconds: float) -> None:
        """Count a request."""
        self._sent.labels(method, outcome).inc()
        self._seconds.labels(method).observe(seconds)

    def unusable(self) -> None:
        """Count an answer that is none."""
        self._unusable.inc()

    def retried(self) -> None:
        """Count a question that is asked again."""
        self._retried.inc()

    def text(self) -> bytes:
        """The figures as Prometheus reads them."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, told: str, value: Callable[[Load], float]) -> None:
        gauge = Gauge(name, told, registry=self._registry)
        gauge.set_function(lambda: value(self._load() or _IDLE))
