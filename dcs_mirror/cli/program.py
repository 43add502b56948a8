"""Running a command: settings, log, the event loop, and interruption by a signal."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from dcs_mirror import descriptors
from dcs_mirror.errors import Interrupted, MirrorError
from dcs_mirror.plain_text import escaped

if TYPE_CHECKING:
    from dcs_mirror.database.connections import Connection
    from dcs_mirror.runtime import Runtime
    from dcs_mirror.settings import Settings

T = TypeVar("T")


class _Report(Protocol):
    error: MirrorError | None


R = TypeVar("R", bound=_Report)


def prepare(*, creates: bool = False, quiet: bool = False) -> "tuple[Settings, str]":
    """Set up the log and return the validated settings and the database's URL.

    Args:
        creates: whether to set up the embedded server if there is none, and leave it running; else a server
            that has to be started stops again when the command ends.
        quiet: whether to log errors only.

    Raises:
        MirrorError: if a setting is invalid, or there is no database.
    """
    from dcs_mirror.embedded import locate

    settings = load_settings(quiet=quiet)
    return settings, locate.database_url(settings) if creates else locate.existing_url(settings)


def load_settings(*, quiet: bool = False) -> "Settings":
    """Set up the log and return the validated settings.

    Raises:
        SettingsError: if one is invalid.
    """
    import structlog

    from dcs_mirror import settings as configuration

    set_up_log(quiet=quiet)
    settings = configuration.load()
    if settings.now is not None:
        structlog.get_logger().warning(
            "DCS_NOW is set: the mirror's clock is a rehearsal clock", now=settings.now.isoformat()
        )
    return settings


def set_up_log(*, quiet: bool = False) -> None:
    """Log to standard error: coloured lines on a terminal, ``key=value`` lines elsewhere.

    Then warn of variables that look like mistyped settings.

    Args:
        quiet: whether to log errors only.

    Raises:
        SettingsError: if there is a ``.env`` file that must not be read.
    """
    import logging

    import stamina.instrumentation
    import structlog

    stamina.instrumentation.set_on_retry_hooks([])  # the client logs retries itself
    on_terminal = sys.stderr.isatty()
    level = logging.ERROR if quiet else logging.WARNING if on_terminal else logging.INFO
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=not os.environ.get("NO_COLOR"))
        if on_terminal
        else structlog.processors.LogfmtRenderer(
            key_order=["timestamp", "level", "event"], bool_as_flag=False
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S%z" if on_terminal else "iso", utc=not on_terminal),
            _escape_values,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    _warn_of_doubtful_settings()


def _warn_of_doubtful_settings() -> None:
    import structlog

    from dcs_mirror import environment, settings
    from dcs_mirror.axcelerate import settings as axcelerate

    known = settings.names(settings.Settings, settings.FILE_SETTINGS)
    known |= settings.names(axcelerate.AxcelerateSettings, axcelerate.FILE_SETTINGS)
    for doubt in environment.doubtful(known):
        structlog.get_logger().warning(doubt)


def _escape_values(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape what a terminal or a reader of lines would obey in the values of a log line."""
    for key, value in event.items():
        if value is not None and not isinstance(value, bool | int | float):
            event[key] = escaped(str(value)).replace("\n", "\\n").replace("\t", " ")
    return event


def with_runtime(
    work: "Callable[[Runtime], Awaitable[T]]",
    *,
    prepared: "tuple[Settings, str] | None" = None,
    create_schema: bool = False,
    needs_dcs: bool = True,
) -> T:
    """Open the runtime of the settings' database and DCS, and run ``work`` on it, as :func:`run` does.

    Args:
        prepared: what :func:`prepare` returned, if it was called before.
        create_schema: whether to create the schema if the database is empty.
        needs_dcs: whether credentials must be set.

    Raises:
        MirrorError: if the runtime cannot be opened, or as ``work`` does.
    """
    from dcs_mirror.runtime import open_runtime

    settings, url = prepared or prepare()
    descriptors.require(settings.concurrency)

    async def opened() -> T:
        async with open_runtime(settings, url, create_schema=create_schema, needs_dcs=needs_dcs) as runtime:
            return await work(runtime)

    return run(opened)


def with_mirror(
    work: "Callable[[Connection, Settings], Awaitable[T]]",
    *,
    prepared: "tuple[Settings, str] | None" = None,
    hei: int | None = None,
) -> T:
    """Run ``work`` on one connection to a mirror that exists, as :func:`run` does.

    Args:
        prepared: what :func:`prepare` returned, if it was called before.
        hei: the institution to which the person limited the command. If the mirror does not know it, a note
            on standard error says so: an empty list would look as if all were well.

    Raises:
        MirrorError: if there is no mirror, or its schema is not this program's; as ``work`` does.
    """
    from dcs_mirror.schema import migrate

    settings, url = prepared or prepare()

    async def connected() -> T:
        async with migrate.connect_to_mirror(url) as connection:
            if hei is not None:
                await _note_if_unknown(connection, hei)
            return await work(connection, settings)

    return run(connected)


async def _note_if_unknown(connection: "Connection", hei: int) -> None:
    import typer

    from dcs_mirror.store.known import require_institution

    try:
        await require_institution(connection, hei)
    except MirrorError as error:
        typer.echo(f"dcs-mirror: {error}", err=True)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run ``work`` in an event loop and return its result.

    The first Ctrl-C or SIGTERM cancels it; the second one ends the program at once.

    Raises:
        Interrupted: if it was cancelled.
        MirrorError: as ``work`` raises.
    """
    import asyncio
    import gc

    import anyio

    results: list[T] = []
    errors: list[MirrorError | OSError] = []

    async def watch(signals: AsyncIterator[signal.Signals], scope: anyio.CancelScope) -> None:
        async for _ in signals:
            if scope.cancel_called:
                # The second signal: do not wait for the cancelled work to clean up.
                os._exit(Interrupted.exit_code)
            scope.cancel()

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def handle(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if not scope.cancel_called:  # the driver would report each transaction that is rolled back
                loop.default_exception_handler(context)

        scope = anyio.CancelScope()
        loop.set_exception_handler(handle)
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async with anyio.create_task_group() as watching:
                with scope:
                    watching.start_soon(watch, signals, scope)
                    try:
                        results.append(await work())
                    except (MirrorError, OSError, ExceptionGroup) as error:
                        errors.append(_one_of(error))
                watching.cancel_scope.cancel()

    # A sync creates hundreds of thousands of objects but hardly a cycle: collecting took a tenth of its time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    anyio.run(main, backend_options={"use_uvloop": sys.platform != "win32"})
    if errors:
        raise errors[0]
    if not results:
        raise Interrupted("interrupted; what was applied before stays")
    return results[0]


def _one_of(error: Exception) -> MirrorError | OSError:
    """Return an error that is told in one line; of several tasks' errors one, if all are such."""
    if isinstance(error, ExceptionGroup) and error.split((MirrorError, OSError))[1] is None:
        return _one_of(error.exceptions[0])
    if isinstance(error, MirrorError | OSError):
        return error
    raise error


def run_reported(work: Callable[[Callable[[R], None]], Awaitable[R]], *, go_on: str) -> R:
    """Run ``work`` as :func:`run` does; if it is interrupted or fails, return its incomplete report.

    Args:
        work: receives a function that it calls with its report when it begins; it fills the report later.
        go_on: how to continue after an interruption, for the report's error.

    Raises:
        MirrorError: as ``work`` raises, or if it is interrupted, before it began.
    """
    begun: list[R] = []
    try:
        return run(lambda: work(begun.append))
    except Interrupted:
        if not begun:
            raise
        begun[0].error = Interrupted(f"interrupted; what was applied before stays. {go_on}")
    except MirrorError as error:
        if not begun:
            raise
        begun[0].error = begun[0].error or error
    return begun[0]
