"""The public Python names: their signatures stay, and the page's examples run against the sandbox."""

import asyncio
import contextlib
import inspect
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import dcs_mirror
from dcs_mirror.database import retry
from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import DEFAULT_CREDENTIALS, RunningSandbox, Sizes, build_world, running_sandbox
from tests.support.pages import blocks
from tests.support.running import settings_for
from tests.support.sessions import END_SESSIONS, NO_RUNS

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES = blocks(PAGE, "python")


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(build_world(Sizes(institutions=2, courses=3, items=2), seed=1)) as running:
        yield running


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, sandbox: RunningSandbox, empty_database: str) -> None:
    monkeypatch.setenv("DCS_API_URL", sandbox.base_url)
    monkeypatch.setenv("DCS_API_USERNAME", DEFAULT_CREDENTIALS.username)
    monkeypatch.setenv("DCS_API_PASSWORD", DEFAULT_CREDENTIALS.password)
    monkeypatch.setenv("DCS_DATABASE_URL", empty_database)


async def printed(example: str) -> str:
    """Run an example as a program in a thread of its own; return what it prints."""

    def run() -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(example, "example", "exec"), {"__name__": "__main__"})  # noqa: S102 - the page's own
        return out.getvalue()

    return await asyncio.to_thread(run)


def test_the_public_names_and_signatures_stay() -> None:
    assert sorted(dcs_mirror.__all__) == [
        "InstitutionOutcome",
        "Mirror",
        "MirrorError",
        "Progress",
        "Report",
        "Settings",
        "__version__",
        "load_settings",
        "open_mirror",
    ]
    assert {
        name: str(inspect.signature(getattr(dcs_mirror, name))) for name in ("load_settings", "open_mirror")
    } == {
        "load_settings": "(**overrides: object) -> dcs_mirror.settings.Settings",
        "open_mirror": "(settings: dcs_mirror.settings.Settings, url: str | None = None)"
        " -> collections.abc.AsyncIterator[dcs_mirror.sync.mirror.Mirror]",
    }
    sync, refresh = inspect.signature(dcs_mirror.Mirror.sync), inspect.signature(dcs_mirror.Mirror.refresh)
    assert [str(parameter) for parameter in sync.parameters.values()] == [
        "self",
        "progress: dcs_mirror.sync.report.Progress | None = None",
        "hei_ids: collections.abc.Iterable[int] = ()",
        "accept_removals: bool = False",
        "accept_year: bool = False",
        "resume: bool = False",
        "if_running: Literal['overlap', 'end', 'wait'] = 'overlap'",
    ]
    assert [str(parameter) for parameter in refresh.parameters.values()] == [
        "self",
        "hei_id: int",
        "progress: dcs_mirror.sync.report.Progress | None = None",
        "course: str | None = None",
        "request_id: int | None = None",
    ]
    assert sync.return_annotation is refresh.return_annotation is dcs_mirror.Report


def test_a_report_says_what_the_page_says() -> None:
    report = dcs_mirror.Report(run_id=1)
    named = re.search(r"\| `Report` \| (.*) \|", PAGE)
    assert named is not None
    for name in re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", named[1])):
        assert hasattr(report, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Crawler'"):
        _ = dcs_mirror.Crawler  # type: ignore[attr-defined]  # that it does not exist is the point


@pytest.mark.usefixtures("settings")
async def test_the_examples_of_the_page_run() -> None:
    sync, refresh, client = EXAMPLES
    assert (await printed(sync)).startswith("complete ")
    assert await printed(refresh) == "108 complete 6 None\n"
    assert (await printed(client)).startswith("200 ")


async def test_a_server_that_stops_between_two_calls_is_a_mirror_error_and_the_mirror_goes_on_after_it(
    sandbox: RunningSandbox, own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "RETRY_SECONDS", 2)
    (hei_id, *_) = sandbox.world.institutions
    async with dcs_mirror.open_mirror(settings_for(sandbox), own_server.url()) as mirror:
        assert (await mirror.refresh(hei_id)).outcome == "complete"
        await asyncio.to_thread(own_server.stop)
        with pytest.raises(dcs_mirror.MirrorError, match=r"PostgreSQL at .* cannot be reached") as refreshed:
            await mirror.refresh(hei_id)
        with pytest.raises(dcs_mirror.MirrorError, match=r"PostgreSQL at .* cannot be reached") as synced:
            await mirror.sync()
        assert refreshed.value.exit_code == synced.value.exit_code == 4
        await asyncio.to_thread(own_server.start)
        assert (await mirror.refresh(hei_id)).outcome == "complete"


async def test_sessions_that_end_between_two_calls_are_opened_again(
    sandbox: RunningSandbox, database: str, connection: Connection
) -> None:
    (hei_id, *_) = sandbox.world.institutions
    async with dcs_mirror.open_mirror(settings_for(sandbox), database) as mirror:
        assert (await mirror.refresh(hei_id)).outcome == "complete"
        assert await connection.fetchval(END_SESSIONS) > 0
        assert (await mirror.sync()).outcome == "complete"


@pytest.mark.parametrize("sqlstate", ["57P01", "08006", "25006", "42501", "53100", "55P03", "P0001"])
async def test_whatever_postgresql_raises_at_the_start_of_a_run_is_a_mirror_error(
    sandbox: RunningSandbox, database: str, connection: Connection, sqlstate: str
) -> None:
    (hei_id, *_) = sandbox.world.institutions
    async with dcs_mirror.open_mirror(settings_for(sandbox), database) as mirror:
        await connection.execute(NO_RUNS.format(sqlstate=sqlstate))
        with pytest.raises(dcs_mirror.MirrorError, match="no run today"):
            await mirror.refresh(hei_id)
        with pytest.raises(dcs_mirror.MirrorError, match="no run today"):
            await mirror.sync()
        await connection.execute("DROP TRIGGER fails ON dcs_mirror.sync_run")
        assert (await mirror.sync()).outcome == "complete"
