"""`make bench`: takes the requested measures, prints a table, writes JSON."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import structlog
import typer

from bench import report
from bench.plan import SMOKE, STANDARD, Measure, Plan, take
from bench.process import BenchFailed
from dcs_mirror.errors import MirrorError


def main(
    *,
    only: Annotated[list[Measure] | None, typer.Option(help="Only this measure; may be repeated.")] = None,
    courses: Annotated[
        list[int] | None,
        typer.Option(min=10, help="Courses of the world that the nights read; may be repeated."),
    ] = None,
    workers: Annotated[
        list[int] | None,
        typer.Option(min=2, help="Workers that share the largest of these worlds; may be repeated."),
    ] = None,
    rows: Annotated[int, typer.Option(min=50, help="Ids that the rollover renumbers.")] = STANDARD.rows,
    repetitions: Annotated[
        int | None,
        typer.Option(min=1, help="How often each measure is taken; by default 3 times, long nights once."),
    ] = None,
    smoke: Annotated[bool, typer.Option("--smoke", help="Every measure once, on tiny data.")] = False,
    output: Annotated[Path, typer.Option(help="The JSON file for all values.")] = Path("bench.json"),
    write_docs: Annotated[
        bool, typer.Option("--write-docs", help="Also write the table into docs/performance.md.")
    ] = False,
) -> None:
    """Measure the mirror and its lower bounds.

    Uses an embedded PostgreSQL, or the server that DCS_TEST_DATABASE_URL names. All measures take about ten
    minutes, during which the machine should do nothing else. docs/performance.md explains each measure.
    """
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    plan = Plan(
        measures=tuple(only or Measure),
        courses=tuple(sorted(courses or STANDARD.courses)),
        workers=tuple(sorted(set(workers or STANDARD.workers))),
        rows=rows,
        repetitions=repetitions,
    )
    if smoke:
        plan = msgspec.structs.replace(SMOKE, measures=plan.measures)
    try:
        run = asyncio.run(take(plan, lambda text: typer.echo(text, err=True)))
    except (BenchFailed, MirrorError) as error:
        typer.echo(f"bench: {error}", err=True)
        raise typer.Exit(1) from None
    report.write_json(run, output)
    report.print_run(run)
    if write_docs:
        report.write_docs(run)


if __name__ == "__main__":
    typer.run(main)
