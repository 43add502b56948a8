"""What a monitor learns from a worker: figures, whether it lives, and whether it can work."""

import asyncio
import signal
import sys
from collections import Counter
from pathlib import Path

import yaml

from dcs_mirror.database.connections import Connection
from dcs_mirror.embedded.server import EmbeddedServer
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from dcs_mirror.schema import migrate
from tests.acceptance.workers.test_workers import working
from tests.support.command import command_line
from tests.support.faulty import Fault, Hold, faulty
from tests.support.metrics import ask, free_address, scrape, until_it_answers
from tests.support.sessions import look, until

REPOSITORY = Path(__file__).parents[3]
SIZES = Sizes(institutions=4, courses=5, items=3)
OUTCOMES = (
    "SELECT hei_id, outcome FROM dcs.sync_outcome WHERE run_id = (SELECT max(run_id) FROM dcs.sync_run)"
)
SESSIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
TEXTS = """
SELECT title FROM dcs.content_item UNION SELECT author FROM dcs.content_item UNION
SELECT lecturer FROM dcs.course UNION SELECT name FROM dcs.course UNION SELECT name FROM dcs.institution
"""


async def test_the_figures_after_a_faulty_night_are_those_of_the_database_and_of_the_dcs(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    address = free_address()
    async with running_sandbox(build_world(SIZES, seed=5)) as sandbox, faulty(sandbox) as front:
        dcs_mirror = command_line(tmp_path, front, database).but(DCS_METRICS_BIND=address)
        async with working(dcs_mirror):
            assert (await dcs_mirror("enqueue", "sync", "--wait")).code == 0
            first, second, third, _ = sorted(
                row["hei_id"] for row in await connection.fetch("SELECT hei_id FROM dcs.institution")
            )
            plain = "SELECT course_code FROM dcs.course WHERE hei_id = $1 AND course_code ~ '^[A-Z0-9]+$'"
            code = await connection.fetchval(plain, third)
            front.faults += [
                Fault(f"GetCourses?hei={first}", status=404),
                Fault(f"GetCourseContent?hei={second}", status=503, times=2),
                Fault(f"GetCourseContent?hei={third}&code={code}", body=b"not JSON"),
            ]
            assert (await dcs_mirror("enqueue", "sync", "--wait")).code == 1
            found = await scrape(address)

        sent = found.values("calls_total")
        methods: Counter[str] = Counter()
        for (method, _outcome), calls in sent.items():
            methods[method] += int(calls)
        asked = Counter(call.rsplit("/", 1)[1].partition("?")[0] for call in front.calls)
        assert methods == asked
        assert sent["GetCourses", "refused"] >= 1
        assert sent["GetCourseContent", "unavailable"] == 2
        assert found.value("unusable_answers_total") >= 1
        assert found.value("retries_total") >= 2
        assert found.values("call_duration_seconds_count") == {(m,): n for m, n in methods.items()}
        assert found.values("institution_outcome") == {
            (str(row["hei_id"]), row["outcome"]): 1
            for row in await connection.fetch(
                "SELECT hei_id, last_sync_outcome AS outcome FROM dcs.institution"
            )
        }
        assert {"failed", "partial", "complete"} <= found.labels()["outcome"]
        ages = found.values("institution_age_seconds")
        assert len(ages) == 4
        assert all(0 <= age < 120 for age in ages.values())
        change_id = await connection.fetchval("SELECT high_water FROM dcs.feed_state")
        assert found.value("feed_last_change_id") == change_id
        assert (found.value("workers"), found.value("database_up")) == (1, 1)
        assert found.value("calls_in_flight") == 0
        assert found.value("calls_limit") >= 1

        # Nothing in it grows with the courses, nor says who anybody is.
        assert set(found.labels()) == {"version", "method", "outcome", "le", "hei_id", "kind", "state"}
        for (text,) in await connection.fetch(TEXTS):
            assert not text or text not in found.text


async def test_failed_and_waiting_jobs_are_counted_by_kind(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    address = free_address()
    async with running_sandbox(build_world(SIZES, seed=5)) as sandbox, faulty(sandbox) as front:
        dcs_mirror = command_line(tmp_path, front, database).but(DCS_METRICS_BIND=address)
        assert (await dcs_mirror("sync")).code == 0
        hold = Hold("GetInstitutions")
        front.holds.append(hold)
        hei_id = await connection.fetchval("SELECT min(hei_id) FROM dcs.institution")
        async with working(dcs_mirror.but(DCS_WORKER_JOBS="1")):
            await until_it_answers(address)
            assert (await dcs_mirror("enqueue", "sync")).code == 0
            await asyncio.wait_for(hold.came.wait(), 30)
            await connection.execute("SELECT dcs.request_refresh($1)", hei_id)
            await until(connection, "SELECT count(*) = 2 FROM dcs_mirror.job")
            await connection.execute(
                "INSERT INTO dcs_mirror.job (kind, state, enqueued_at) VALUES ('reconcile', 'failed', now())"
            )
            found = await scrape(address)
            jobs = {labels: count for labels, count in found.values("jobs").items() if count}
            assert jobs == {
                ("sync", "running"): 1, ("refresh", "waiting"): 1, ("reconcile", "failed"): 1,
            }  # fmt: skip
            assert 0 < found.value("oldest_waiting_job_age_seconds") < 60
            assert found.value("calls_in_flight") == 1
            front.holds.clear()
            hold.released.set()


async def test_a_worker_is_not_ready_without_its_database_and_its_schema(
    tmp_path: Path, own_server: EmbeddedServer
) -> None:
    address = f"unix:{tmp_path}/s"
    await migrate.migrate(own_server.url())
    async with running_sandbox(build_world(SIZES, seed=5), latency=0.5) as sandbox, faulty(sandbox) as front:
        dcs_mirror = command_line(tmp_path, front, own_server.url()).but(DCS_METRICS_BIND=address)
        async with working(dcs_mirror):
            assert await until_it_answers(address, "/readyz") == "ready\n"
            async with look(own_server.url()) as connection:
                schema = "UPDATE dcs_mirror.alembic_version SET version_num = $1 RETURNING version_num"
                await connection.fetchval(schema, "9999")
                assert "newer" in await until_it_answers(address, "/readyz", status=503)
                await connection.fetchval(schema, migrate.revisions()[-1])
            assert await until_it_answers(address, "/readyz") == "ready\n"

            await asyncio.to_thread(own_server.stop)
            assert (await ask(address, "/healthz")) == (200, "ok\n")
            away = await until_it_answers(address, "/readyz", status=503)
            assert away == "the database does not answer\n"
            gone = await scrape(address)
            assert gone.values("database_up") == {(): 0}
            assert gone.values("institution_age_seconds") == {}
            assert gone.values("calls_limit")
            await asyncio.to_thread(own_server.start)
            assert await until_it_answers(address, "/readyz") == "ready\n"

            other = await dcs_mirror("worker")
            assert other.code == 2
            assert "DCS_METRICS_BIND: another process listens at unix:" in other.err


async def test_a_worker_that_stops_is_not_ready_and_takes_its_socket_away(
    tmp_path: Path, database: str
) -> None:
    address, hold = f"unix:{tmp_path}/s", Hold("GetInstitutions")
    async with running_sandbox(build_world(SIZES, seed=5)) as sandbox, faulty(sandbox) as front:
        dcs_mirror = command_line(tmp_path, front, database).but(DCS_METRICS_BIND=address)
        front.holds.append(hold)
        async with working(dcs_mirror) as workers:
            assert (await dcs_mirror("enqueue", "sync")).code == 0
            await asyncio.wait_for(hold.came.wait(), 30)
            async with look(database) as connection, connection.transaction():
                await connection.execute("LOCK TABLE dcs_mirror.job")  # it cannot hand its job back yet
                workers[0].send_signal(signal.SIGTERM)
                draining = await until_it_answers(address, "/readyz", status=503)
                assert draining == "draining: this process was told to stop\n"
                assert (await ask(address, "/healthz"))[0] == 200
            await asyncio.wait_for(workers[0].wait(), 15)
            hold.released.set()
        assert not (tmp_path / "s").exists()


async def test_a_worker_without_an_address_serves_nothing_and_one_with_a_taken_address_says_so(
    tmp_path: Path, database: str
) -> None:
    address = free_address()
    async with running_sandbox(build_world(SIZES, seed=5)) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)
        async with working(dcs_mirror.but(DCS_METRICS_BIND=address)):
            await until_it_answers(address)
            taken = await dcs_mirror.but(DCS_METRICS_BIND=address)("worker", "--once")
            assert taken.code == 2
            assert taken.err.splitlines()[-1].startswith(
                f"dcs-mirror: DCS_METRICS_BIND: another process listens at {address}: "
            )
            compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
            _, _, *ask_health = compose["services"]["worker-1"]["healthcheck"]["test"]
            ask_health[-1] = ask_health[-1].replace("127.0.0.1:9400", address)
            healthy = await asyncio.create_subprocess_exec(sys.executable, *ask_health)
            assert await healthy.wait() == 0
            silent = await dcs_mirror("worker", "--once")
            assert (silent.code, "metrics" in silent.err) == (0, False)


async def test_an_address_that_is_none_ends_with_one_line(tmp_path: Path) -> None:
    refused = await command_line(tmp_path).but(DCS_METRICS_BIND=":9400")("worker")
    assert (refused.code, refused.out) == (2, "")
    (line,) = refused.err.splitlines()
    assert line.startswith("dcs-mirror: DCS_METRICS_BIND: must "), line


async def test_the_doctor_says_that_jobs_wait_for_nobody_and_that_the_credentials_were_refused(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    async with running_sandbox(build_world(SIZES, seed=5)) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database)

        async def doctor() -> list[dict[str, str]]:
            findings = (await dcs_mirror("doctor", "--json")).json["findings"]
            return [finding for finding in findings if finding["check"] == "workers"]

        assert (await dcs_mirror("sync")).code == 0
        assert [finding["level"] for finding in await doctor()] == ["ok"]
        assert (await dcs_mirror("enqueue", "sync")).code == 0
        await connection.execute("UPDATE dcs_mirror.job SET enqueued_at = enqueued_at - interval '61 s'")
        (waits,) = await doctor()
        assert waits["level"] == "problem"
        assert waits["found"].startswith("1 job waits since ")
        assert waits["todo"] == "start `dcs-mirror worker`"

        refused = await dcs_mirror.but(DCS_API_PASSWORD="wrong")("worker", "--once")
        assert "Traceback" not in refused.err
        found = await doctor()
        assert any("refused the workers' credentials" in finding["found"] for finding in found), found


async def test_a_busy_worker_takes_no_more_connections_than_the_page_says(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    address, most = free_address(), 0
    world = build_world(Sizes(institutions=16, courses=6, items=4), seed=5)
    async with running_sandbox(world, latency=0.02) as sandbox:
        dcs_mirror = command_line(tmp_path, sandbox, database).but(
            DCS_METRICS_BIND=address, DCS_WORKER_JOBS="12"
        )
        async with working(dcs_mirror):
            await until_it_answers(address)
            assert (await dcs_mirror("enqueue", "sync")).code == 0
            while not await connection.fetchval("SELECT bool_and(outcome IS NOT NULL) FROM dcs.sync_run"):
                await scrape(address)
                most = max(most, await connection.fetchval(SESSIONS))
    page = (REPOSITORY / "docs" / "operating.md").read_text(encoding="utf-8")
    assert "A worker has up to eight connections" in page
    assert 4 <= most <= 8, most
