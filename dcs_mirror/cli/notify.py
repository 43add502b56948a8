"""`dcs-mirror notify`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.options import instant
from dcs_mirror.cli.program import prepare, with_runtime
from dcs_mirror.cli.report import AsJson, Quiet, only_one, print_json

if TYPE_CHECKING:
    from dcs_mirror.notify.telling import NotifyReport
    from dcs_mirror.runtime import Runtime


def notify(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; show what would be sent, and to whom.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="Send everything since then, also what was sent before. A date or time in ISO 8601, UK "
            "time if it has no time zone.",
        ),
    ] = None,
    quiet: Quiet = False,
    json: AsJson = False,
) -> None:
    """Tell people and programs what happened.

    The file that DCS_NOTIFY_FILE names says who is told what. There are messages
    about recheck flags, rollovers, items that were not carried over, and rejected
    requests. Others are about institutions that are held or were not read for 36
    hours. There is also a summary. Recipients are signed webhooks
    (webhook+https://...). After `pip install 'dcs-mirror[notify]'` they can also be
    mail addresses and services.

    Nothing is sent twice. If a recipient does not accept a message, the next run
    sends it again, in order. A new recipient is told what happens from now on;
    with --since, also what happened before. Let cron call it after the nightly
    sync.

    If DCS_PUBLIC_URL says where people reach the dashboard, messages link to it.

    Example: dcs-mirror notify --dry-run
    """
    from dcs_mirror.notify import book, telling

    only_one(quiet=quiet, as_json=json)
    begin = instant(since, "--since")
    settings, url = prepare(quiet=quiet)
    recipients = book.load(settings.notify_file)

    async def work(runtime: "Runtime") -> "NotifyReport":
        return await telling.notify(
            runtime.database,
            runtime.connect,
            recipients,
            clock=runtime.clock,
            attempt_seconds=settings.timeout,
            since=begin,
            is_rehearsal=dry_run,
            public_url=settings.public_url,
        )

    report = with_runtime(work, prepared=(settings, url), needs_dcs=False)
    if json:
        print_json(_document(report))
    else:
        _print(report, quiet=quiet)
    raise typer.Exit(report.exit_code)


def _document(report: "NotifyReport") -> dict[str, object]:
    return {
        "dry_run": report.is_rehearsal,
        "messages": [
            {
                "id": message.message_id,
                "to": to,
                "event": message.event,
                "hei_id": message.hei_id,
                "occurred_at": message.occurred_at,
                "title": message.title,
                "text": message.plain,
            }
            for to, message in report.messages
        ],
        "failures": [asdict(failure) for failure in report.failures],
    }


def _print(report: "NotifyReport", *, quiet: bool) -> None:
    if not quiet:
        for to, message in report.messages:
            typer.echo(f"{'would be sent' if report.is_rehearsal else 'sent'} to {to}: {message.title}")
            if report.is_rehearsal:
                typer.echo("".join(f"    {line}\n" for line in message.plain.splitlines()))
        if not report.messages and not report.failures:
            typer.echo("nothing to tell")
    for failure in report.failures:
        typer.echo(
            f"dcs-mirror: {failure.to} {failure.why}; {failure.waiting} waiting for the next notify",
            err=True,
        )
