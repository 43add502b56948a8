"""The alert rules on what a worker exports, by Prometheus's own tool; the units, by systemd's."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from dcs_mirror.database.connections import Connection
from dcs_mirror.metrics.service import FRESH_SECONDS
from dcs_mirror.sandbox import Sizes, build_world, running_sandbox
from tests.acceptance.workers.test_workers import working
from tests.structure.test_deploy import RULES, UNITS
from tests.support.command import command_line
from tests.support.faulty import Fault, faulty
from tests.support.metrics import Scraped, free_address, scrape

FIRING = 'count by (alertname) (ALERTS{alertstate="firing"})'


def run(*command: str | Path, told: str | None = None) -> str:
    """Run a program that must end well; return what it says."""
    finished = subprocess.run(command, input=told, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout + finished.stderr


def named(name: str, labels: Mapping[str, str]) -> str:
    """A series as Prometheus writes it."""
    return f"{name}{{{','.join(f'{label}={json.dumps(value)}' for label, value in labels.items())}}}"


def assert_firing(folder: Path, figures: Scraped, expected: Mapping[str, int], *, at: str = "2h") -> None:
    """That so many of each alert, and no other, fire if the figures stay as they are.

    Args:
        folder: for the files of the test.
        at: how long they stay so.
    """
    series = [
        {"series": named(sample.name, sample.labels), "values": f"{sample.value:f}x120"}
        for family in text_string_to_metric_families(figures.text)
        for sample in family.samples
    ]
    samples = [
        {"labels": f'{{alertname="{name}"}}', "value": count} for name, count in sorted(expected.items())
    ]
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": series,
                "promql_expr_test": [{"expr": FIRING, "eval_time": at, "exp_samples": samples}],
            }
        ],
    }
    file = folder / "alerts.yml"
    file.write_text(yaml.safe_dump(test), encoding="utf-8")
    run("promtool", "test", "rules", file)


async def test_the_alerts_fire_after_a_faulty_night_and_are_silent_after_a_good_one(
    tmp_path: Path, database: str, connection: Connection
) -> None:
    address = free_address()
    world = build_world(Sizes(institutions=3, courses=4, items=2), seed=5)
    async with running_sandbox(world) as sandbox, faulty(sandbox) as front:
        dcs_mirror = command_line(tmp_path, front, database).but(DCS_METRICS_BIND=address)
        async with working(dcs_mirror):
            assert (await dcs_mirror("enqueue", "sync", "--wait")).code == 0
            good = await scrape(address)
            first, second, _ = sorted(
                row["hei_id"] for row in await connection.fetch("SELECT hei_id FROM dcs.institution")
            )
            front.faults += [
                Fault(f"GetCourses?hei={first}", status=404),
                Fault(f"GetCourseContent?hei={second}", status=404),
            ]
            assert (await dcs_mirror("enqueue", "sync", "--wait")).code == 1
            await asyncio.sleep(FRESH_SECONDS)
            bad = await scrape(address)
    run("promtool", "check", "metrics", told=good.text)
    assert_firing(tmp_path, good, {})
    outcomes = sorted(labels[1] for labels in bad.values("institution_outcome"))
    assert outcomes == ["complete", "failed", "partial"]
    assert_firing(tmp_path, bad, {"DcsMirrorInstitutionIncomplete": 2})


@pytest.mark.parametrize(
    ("figure", "alert"),
    [
        ("dcs_mirror_workers 0", "DcsMirrorNoWorker"),
        ("", "DcsMirrorNoWorker"),
        ('dcs_mirror_database_up{instance="a"} 0', "DcsMirrorDatabaseLost"),
        ("dcs_mirror_credentials_refused 1", "DcsMirrorCredentialsRefused"),
        ('dcs_mirror_institution_age_seconds{hei_id="7"} 129601', "DcsMirrorInstitutionStale"),
        ('dcs_mirror_institution_outcome{hei_id="7",outcome="held"} 1', "DcsMirrorInstitutionHeld"),
        ('dcs_mirror_institution_outcome{hei_id="7",outcome="partial"} 1', "DcsMirrorInstitutionIncomplete"),
        ('dcs_mirror_jobs{kind="sync",state="failed"} 2', "DcsMirrorJobsFailed"),
        ("dcs_mirror_oldest_waiting_job_age_seconds 21601", "DcsMirrorJobsWait"),
        ("dcs_mirror_pause_seconds 5", "DcsMirrorPaused"),
        ("dcs_mirror_registered_columns_failed 1", "DcsMirrorColumnFailed"),
        ('dcs_mirror_recheck_flags_open{hei_id="7"} 3', "DcsMirrorFlagsOpen"),
    ],
)
def test_each_alert_fires_on_its_figure_alone(tmp_path: Path, figure: str, alert: str) -> None:
    alive = "" if alert == "DcsMirrorNoWorker" else "dcs_mirror_workers 1\n"
    assert_firing(tmp_path, Scraped(f"{alive}{figure}\n"), {alert: 1})


@pytest.mark.parametrize("at", ["0m"])
def test_no_alert_comes_at_once_where_a_moment_proves_nothing(tmp_path: Path, at: str) -> None:
    text = "dcs_mirror_workers 0\ndcs_mirror_database_up 0\ndcs_mirror_pause_seconds 5\n"
    assert_firing(tmp_path, Scraped(text), {}, at=at)


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "dcs-mirror"
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/dcs-mirror/bin/dcs-mirror", f'"{program}"')
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    said = run("systemd-analyze", "verify", "--man=no", *(tmp_path / unit.name for unit in UNITS))
    assert "dcs-mirror" not in said.replace(str(program), ""), said
