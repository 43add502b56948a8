"""The queue: PgQueuer, in the schema ``dcs_queue`` of the mirror's database. No other module imports it.

A listener takes jobs from the queue and passes their ids on, until it is told to stop or its session is lost.
What a job is, and how far it is, stands in ``dcs_mirror.job``. The queue says only which is next.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from datetime import timedelta
from uuid import UUID, uuid4

import anyio
import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence import qb
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import EntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel, HealthCheckId, JobId, QueueEntrypoint, QueueExecutionMode

from dcs_mirror.database.connecting import ServerConnection
from dcs_mirror.errors import in_words

KINDS = ("sync", "institution", "refresh", "reconcile")

POLL = timedelta(seconds=1)
"""How often the queue is looked at without a hint: a session that listens may be lost without a word."""
_ANSWERS = timedelta(seconds=10)
"""How long the session may take to answer."""
TAKEN_AWAY = timedelta(seconds=15)
"""A job is given to another worker if its own has not been heard of for so long."""
HINT_SECONDS = 0.1
"""How long at least between two hints that the queue has changed: every role may send any number of them."""
ASKED_CHANNEL = "dcs_asked"
"""Where ``dcs.request_refresh`` gives a hint that something was asked for."""


# Every name is given, because PgQueuer would take names from variables such as CHANNEL and TRIGGER.
def names() -> DBSettings:
    """The names of the queue's objects, whatever variables are set."""
    return DBSettings(
        prefix="",
        db_schema="dcs_queue",
        channel=Channel("dcs_queue"),
        function="fn_pgqueuer_changed",
        statistics_table="pgqueuer_statistics",
        queue_status_type="pgqueuer_status",
        queue_table="pgqueuer",
        queue_table_log="pgqueuer_log",
        trigger="tg_pgqueuer_changed",
        schedules_table="pgqueuer_schedules",
        durability=Durability.durable,
        widen_id=False,
    )


NAMES = names()

logging.getLogger("pgqueuer").addHandler(logging.NullHandler())


class PutBack(Exception):
    """Put the job back into the queue, for any worker after ``delay``."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__()
        self.delay = delay


class Listener:
    """Takes jobs from the queue on one session.

    Args:
        connection: a session of its own.
        do: does the job with an id; raises PutBack if it cannot.
        accepts: says which kinds of jobs are taken now.

    Attributes:
        lost: done, with the reason, as soon as this session can take no further job. What is being done
            then goes on, and :meth:`run` returns when it has ended.
    """

    def __init__(
        self,
        connection: ServerConnection,
        do: Callable[[int], Awaitable[None]],
        accepts: Callable[[], Collection[str]],
    ) -> None:
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._connection = connection
        self._driver = _Driver(connection, self._lose)
        self._manager = _Manager(queries(self._driver), accepts, self._lose)
        connection.add_termination_listener(lambda _connection: self._lose("its session was ended"))
        for kind in KINDS:
            self._manager.register_executor(kind, _executor(do))

    @property
    def listener_id(self) -> UUID:
        """What the queue knows this listener by."""
        return self._manager.queue_manager_id

    @property
    def doing(self) -> Collection[str]:
        """The kinds of the jobs that were taken and have not ended, one for each job."""
        return self._manager.doing

    async def run(self, *, until_empty: bool, asked: Callable[[], None]) -> None:
        """Take jobs until :meth:`stop`, or until none waits any more.

        Args:
            asked: is called if something was asked for; only a hint.

        Raises:
            Exception: if the session is lost.
        """
        await self._driver.add_listener(ASKED_CHANNEL, lambda _payload: asked())
        await self._manager.run(
            dequeue_timeout=POLL,
            batch_size=1,
            mode=QueueExecutionMode.drain if until_empty else QueueExecutionMode.continuous,
            shutdown_on_listener_failure=True,
            heartbeat_timeout=TAKEN_AWAY,
            log_aggregation_interval=timedelta(),
        )

    def stop(self) -> None:
        """Take no further job; :meth:`run` returns when those that are being done have ended."""
        self._manager.shutdown.set()

    def cut(self) -> None:
        """End the session, whatever it waits for."""
        self._connection.terminate()

    def _lose(self, because: str) -> None:
        if not self.lost.done():
            self.lost.set_result(because)


def queries(driver: AsyncpgDriver) -> Queries:
    """PgQueuer's statements with the names of this schema."""
    return Queries(
        driver,
        qbe=qb.QueryBuilderEnvironment(NAMES),
        qbq=qb.QueryQueueBuilder(NAMES),
        qbs=qb.QuerySchedulerBuilder(NAMES),
    )


class _Driver(AsyncpgDriver):
    """A driver that says at once if a statement fails: the engine only does when its last job has ended."""

    def __init__(self, connection: ServerConnection, lose: Callable[[str], None]) -> None:
        super().__init__(connection)
        self._lose = lose

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        try:
            return await super().fetch(query, *args)
        except asyncpg.ProgramLimitExceededError:  # the server's queue of notifications is full
            raise
        except Exception as error:
            self._lose(in_words(error))
            raise

    async def execute(self, query: str, *args: object) -> str:
        try:
            return await super().execute(query, *args)
        except asyncpg.ProgramLimitExceededError:  # the server's queue of notifications is full
            raise
        except Exception as error:
            self._lose(in_words(error))
            raise

    async def add_listener(self, channel: str, callback: Callable[[str | bytes | bytearray], None]) -> None:
        await super().add_listener(channel, _Hints(callback) if channel == NAMES.channel else callback)


class _Hints:
    """Passes notifications on; of those that say that the queue has changed, a few a second."""

    def __init__(self, callback: Callable[[str | bytes | bytearray], None]) -> None:
        self._callback = callback
        self._waits = False
        self._next_at = 0.0

    def __call__(self, payload: str | bytes | bytearray) -> None:
        if "table_changed_event" not in str(payload):
            self._callback(payload)
        elif not self._waits:
            loop = asyncio.get_running_loop()
            self._waits = True
            loop.call_at(max(loop.time(), self._next_at), self._pass_on, payload)

    def _pass_on(self, payload: str | bytes | bytearray) -> None:
        self._waits = False
        self._next_at = asyncio.get_running_loop().time() + HINT_SECONDS
        self._callback(payload)


class _Manager(QueueManager):
    """A queue manager that takes only what its worker has room for."""

    def __init__(
        self, statements: Queries, accepts: Callable[[], Collection[str]], lose: Callable[[str], None]
    ) -> None:
        super().__init__(statements, channel=NAMES.channel)
        self._accepts = accepts
        self._lose = lose
        self._kinds: dict[JobId, str] = {}

    @property
    def doing(self) -> Collection[str]:
        """The kinds of the jobs in ``job_context``: a job is there before the next one is looked for."""
        self._kinds = {job_id: kind for job_id, kind in self._kinds.items() if job_id in self.job_context}
        return list(self._kinds.values())

    async def listener_healthy(self, timeout: timedelta = _ANSWERS) -> models.HealthCheckEvent:  # noqa: ASYNC109
        """Whether the session answers, though every role may fill the server's queue of notifications.

        Raises:
            TimeoutError, Exception: if it does not. The queue is looked at without hints as well.
        """
        try:
            return await super().listener_healthy(timeout)
        except (FailingListenerError, asyncpg.ProgramLimitExceededError):
            try:
                await asyncio.wait_for(self.queries.driver.fetch("SELECT"), timeout.total_seconds())
            except Exception as error:
                self._lose(in_words(error))
                raise
        probe = HealthCheckId(uuid4())
        return models.HealthCheckEvent(
            channel=NAMES.channel, sent_at=models.utc_now(), type="health_check_event", id=probe
        )

    def get_context(self, job_id: JobId) -> models.Context:  # noqa: ARG002 - the base class's
        """A context that nobody cancels: every role may send the notification that would."""
        return models.Context(cancellation=anyio.CancelScope(), resources=self.resources)

    def entrypoints_below_capacity_limits(self) -> set[QueueEntrypoint]:
        return {QueueEntrypoint(kind) for kind in self._accepts()}

    async def fetch_jobs(
        self, batch_size: int, global_concurrency_limit: int | None, heartbeat_timeout: timedelta
    ) -> AsyncGenerator[models.Job, None]:
        async for job in super().fetch_jobs(batch_size, global_concurrency_limit, heartbeat_timeout):
            self._kinds[job.id] = job.entrypoint
            yield job


def _executor(do: Callable[[int], Awaitable[None]]) -> EntrypointExecutor:
    async def execute(job: models.Job) -> None:
        try:
            await do(int(job.payload or b"0"))
        except PutBack as later:
            raise RetryRequested(later.delay) from None

    return EntrypointExecutor(EntrypointExecutorParameters(concurrency_limit=0, func=execute))
