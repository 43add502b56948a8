"""Every alert, fired by Prometheus's own tool on what a worker exported in such a run, and in no other."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bench.rollover import make_reading_lists
from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.metrics.service import FRESH_SECONDS
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.acceptance.workers.test_workers import working
from tests.services.test_monitoring import FIRING, assert_firing, named, run
from tests.structure.test_deploy import RULES
from tests.support.command import command_line
from tests.support.control import control, misbehave
from tests.support.metrics import Scraped, ask, free_address, scrape, until_it_answers
from tests.support.sessions import until

SIZES = Sizes(institutions=4, courses=4, items=3)
LARGE = Sizes(institutions=4, courses=8, items=4)
"""Enough rows for the removal guard."""
REFUSE_REWRITING = """
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'not today'; END $$;
CREATE TRIGGER refuses BEFORE UPDATE ON reading_list.entry FOR EACH ROW EXECUTE FUNCTION public.refuse();
"""


def assert_firing_in_the_end(folder: Path, told: Sequence[Scraped], expected: Mapping[str, int]) -> None:
    """That so many of each alert, and no other, fire after the last of these scrapes, a minute each."""
    series: dict[str, list[str]] = defaultdict(lambda: ["_"] * len(told))
    for minute, figures in enumerate(told):
        for family in text_string_to_metric_families(figures.text):
            for sample in family.samples:
                series[named(sample.name, sample.labels)][minute] = f"{sample.value:f}"
    samples = [{"labels": f'{{alertname="{n}"}}', "value": count} for n, count in sorted(expected.items())]
    asked = {"expr": FIRING, "eval_time": f"{len(told) - 1}m", "exp_samples": samples}
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": s, "values": " ".join(v)} for s, v in series.items()],
                "promql_expr_test": [asked],
            }
        ],
    }
    file = folder / "alerts.yml"
    file.write_text(yaml.safe_dump(test), encoding="utf-8")
    run("promtool", "test", "rules", file)


async def test_calls_that_fail_are_told_if_they_go_on_failing_and_counted_as_the_dcs_counts_them(
    tmp_path: Path, database: str
) -> None:
    """Each change of the counters stands for one minute: they are those of the run, only slower."""
    address = free_address()
    async with running_sandbox(build_world(SIZES, seed=5), latency=0.01) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database).but(DCS_METRICS_BIND=address)

        async def night(told: list[Scraped]) -> int | None:
            waiting = await dcs_mirror.start("enqueue", "sync", "--wait")
            ended = asyncio.create_task(waiting.communicate())
            while not ended.done():
                found = await scrape(address)
                if not told or found.values("calls_total") != told[-1].values("calls_total"):
                    told.append(found)
                await asyncio.sleep(0.02)
            return waiting.returncode

        async with working(dcs_mirror):
            await until_it_answers(address)
            good: list[Scraped] = []
            while len(good) < 40:
                assert await night(good) == 0
            bad = good[-1:]
            await misbehave(
                sandbox, {"kind": "status", "status": 500, "share": 0.7, "seed": 3, "times": 9999}
            )
            while len(bad) < 40:
                await night(bad)
            found = await scrape(address)
        sent = found.values("calls_total")
        assert {method for method, _ in sent} == set(sandbox.stats.methods)
        for method, count in sandbox.stats.methods.items():
            assert sum(n for (each, _), n in sent.items() if each == method) == count
        failed = sum(n for (_, outcome), n in sent.items() if outcome != "answered")
        assert failed == sandbox.stats.outcomes["fault status"] > 0, sandbox.stats.outcomes
    assert_firing_in_the_end(tmp_path, good, {})
    calls = "dcs_mirror_calls_total"
    only_calls = [
        Scraped(
            "dcs_mirror_workers 1\n"
            + "".join(f"{line}\n" for line in each.text.splitlines() if calls in line)
        )
        for each in (*good, *bad)
    ]
    assert_firing_in_the_end(tmp_path, only_calls, {"DcsMirrorCallsFail": 1})


async def test_a_night_that_leaves_work_to_people_fires_what_it_should(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    address = free_address()
    async with running_sandbox(build_world(LARGE, seed=5)) as sandbox:
        plain = command_line(tmp_path, sandbox, database).but(DCS_RECHECK_DAYS="365")
        dcs_mirror = plain.but(DCS_METRICS_BIND=address)
        assert (await plain("sync")).code == 0
        await make_reading_lists(connection)
        added = await plain("targets", "add", "reading_list.entry", "request_id", "--hei-column", "hei_id")
        assert added.code == 0, added.err
        ids = [row[0] for row in await connection.fetch("SELECT hei_id FROM dcs.institution ORDER BY 1")]
        await connection.execute(
            "INSERT INTO reading_list.entry (hei_id, request_id) SELECT hei_id, request_id"
            " FROM dcs.content_item WHERE removed_at IS NULL ON CONFLICT DO NOTHING"
        )
        await control(sandbox, "recheck", hei=ids[1], kind="pending", share=0.5)
        await misbehave(
            sandbox, {"kind": "empty", "method": "GetCourses", "query": {"hei": ids[2]}, "times": 99}
        )
        async with working(dcs_mirror):
            assert (await dcs_mirror("enqueue", "sync", "--wait")).code == 1
            held = await scrape(address)
            await misbehave(sandbox)
            await connection.execute(REFUSE_REWRITING)
            await control(sandbox, "rollover", hei=ids[0])
            assert (await dcs_mirror("enqueue", "sync", "--wait")).code == 1
            await asyncio.sleep(FRESH_SECONDS)
            failed = await scrape(address)
    assert (str(ids[2]), "held") in held.values("institution_outcome"), held.values("institution_outcome")
    expected = {"DcsMirrorFlagsOpen": 1, "DcsMirrorInstitutionHeld": 1}
    assert_firing(tmp_path, held, expected | incomplete(held))
    expected = {"DcsMirrorFlagsOpen": 1, "DcsMirrorColumnFailed": 1}
    assert incomplete(failed)
    assert_firing(tmp_path, failed, expected | incomplete(failed))


def incomplete(found: Scraped) -> dict[str, int]:
    """How often the alert about these must fire."""
    count = sum(1 for _, outcome in found.values("institution_outcome") if outcome in {"failed", "partial"})
    return {"DcsMirrorInstitutionIncomplete": count} if count else {}


async def test_refused_credentials_three_days_later_fire_what_they_should(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    address, later = free_address(), (datetime.now(UTC) + timedelta(days=3)).isoformat()
    async with running_sandbox(build_world(SIZES, seed=5)) as sandbox:
        plain = command_line(tmp_path, sandbox, database)
        assert (await plain("sync")).code == 0
        hei_id = await connection.fetchval("SELECT min(hei_id) FROM dcs.institution")
        assert (await plain("enqueue", "refresh", str(hei_id))).code == 0
        wrong = plain.but(DCS_METRICS_BIND=address, DCS_API_PASSWORD="wrong", DCS_NOW=later)
        async with working(wrong):
            await until(connection, "SELECT refused_at IS NOT NULL FROM dcs_mirror.fleet")
            assert (await plain("enqueue", "reconcile", "--hei", str(hei_id))).code == 0
            await until(connection, "SELECT count(*) > 0 FROM dcs_mirror.job WHERE state = 'failed'")
            await until(connection, "SELECT count(*) > 0 FROM dcs_mirror.job WHERE state = 'waiting'")
            await asyncio.sleep(FRESH_SECONDS)
            found = await scrape(address)
    expected = {
        "DcsMirrorCredentialsRefused": 1,
        "DcsMirrorInstitutionStale": 4,
        "DcsMirrorJobsWait": 1,
        "DcsMirrorJobsFailed": len([1 for (_, s), n in found.values("jobs").items() if s == "failed" and n]),
    }
    assert_firing(tmp_path, found, expected)


async def test_a_dcs_that_asks_to_wait_a_lost_database_and_no_worker_fire_what_they_should(
    tmp_path: Path, own_server: EmbeddedServer
) -> None:
    address = free_address()
    await migrate.migrate(own_server.url())
    async with running_sandbox(build_world(SIZES, seed=5)) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, own_server.url()).but(DCS_METRICS_BIND=address)
        async with working(dcs_mirror):
            await until_it_answers(address)
            await misbehave(sandbox, {"kind": "status", "status": 429, "retry_after": 120, "times": 9999})
            assert (await dcs_mirror("enqueue", "sync")).code == 0
            async with asyncio.timeout(30):
                while not (found := await scrape(address)).value("pause_seconds"):  # noqa: ASYNC110 - it happens elsewhere
                    await asyncio.sleep(0.1)
            assert_firing(tmp_path, found, {"DcsMirrorPaused": 1})
            await asyncio.to_thread(own_server.stop)
            await asyncio.sleep(FRESH_SECONDS)
            lost = await scrape(address)
            assert_firing(
                tmp_path,
                Scraped(
                    lost.text.replace(
                        "\ndcs_mirror_database_up ", f'\ndcs_mirror_database_up{{instance="{address}"}} '
                    )
                ),
                {"DcsMirrorDatabaseLost": 1, "DcsMirrorNoWorker": 1},
            )
            await asyncio.to_thread(own_server.start)
        try:
            await ask(address, "/metrics")
        except aiohttp.ClientError:
            assert_firing(tmp_path, Scraped(""), {"DcsMirrorNoWorker": 1})
        else:
            raise AssertionError("the worker has ended")


def test_every_alert_is_fired_by_a_real_run_here() -> None:
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    here = Path(__file__).read_text(encoding="utf-8")
    assert {name for name in names if f'"{name}"' not in here} == set()
