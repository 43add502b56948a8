"""`dcs-mirror calls`: the journal of writes to the DCS, and settling calls without an answer."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.help import App
from dcs_mirror.cli.program import with_mirror, with_runtime
from dcs_mirror.cli.report import (
    LARGEST_ID,
    AsJson,
    OnlyHei,
    exit_if_not_read_back,
    print_json,
)
from dcs_mirror.cli.tables import print_table
from dcs_mirror.plain_text import one_line

if TYPE_CHECKING:
    from dcs_mirror.writes.journal import Call
    from dcs_mirror.writes.resolution import CallFinding

app = App()

CallId = Annotated[int, typer.Argument(metavar="CALL_ID", min=1, max=LARGEST_ID, help="The call's number.")]


@app.callback(invoke_without_command=True)
def calls(
    context: typer.Context,
    *,
    hei: OnlyHei = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Only calls whose outcome is unknown: states unknown and sent.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show the writes to the DCS, and settle those without an answer.

    Each call is recorded before it is sent and when it is answered. Its state is

    - answered: the DCS accepted it;

    - refused: the DCS did not accept it;

    - unknown: it was sent, but no answer came;

    - sent: no answer is recorded yet. It is in progress, or its process was killed;

    - settled: its outcome was unknown and has been found out. Or its request was
    given an id that the DCS never showed.

    The journal holds everything that was sent, including lecturers' names and
    email addresses. --json prints it.

    Examples:
    dcs-mirror calls --unknown
    dcs-mirror calls show 7
    dcs-mirror calls settle 7
    """
    if context.invoked_subcommand is not None:
        return
    from dcs_mirror.writes import journal

    found = with_mirror(
        lambda connection, _: journal.listed(connection, hei_id=hei, only_unsettled=unknown), hei=hei
    )
    if json:
        print_json([asdict(call) for call in found])
    elif found:
        _print_calls(found)
    else:
        typer.echo("no calls without an answer" if unknown else "no calls")


@app.command()
def show(call_id: CallId, *, json: AsJson = False) -> None:
    """Show one call: all that was sent, the answer, and what became of it.

    Example: dcs-mirror calls show 7
    """
    from dcs_mirror.writes import journal

    call = with_mirror(lambda connection, _: journal.find(connection, call_id))
    if json:
        print_json(asdict(call))
        return
    for name, value in asdict(call).items():
        if name not in {"parameters", "given"} and value is not None:
            shown = f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else value
            typer.echo(one_line(f"{name}: {shown}"))
    typer.echo("parameters:")
    for name, value in call.parameters.items():
        added = "" if call.given is None or name in call.given else "  (completed by dcs-mirror)"
        typer.echo(one_line(f"  {name}: {value}{added}"))


@app.command()
def settle(
    call_id: CallId,
    *,
    found: Annotated[
        int | None,
        typer.Option(
            metavar="REQUEST_ID",
            min=1,
            max=LARGEST_ID,
            help="For a request: the DCS accepted it, and this is its id.",
        ),
    ] = None,
    taken: Annotated[
        bool,
        typer.Option("--taken", help="For a course: the DCS accepted it; the course is as it should be."),
    ] = False,
    gone: Annotated[
        bool, typer.Option("--gone", help="The DCS did not accept it; do not send it again.")
    ] = False,
    send_again: Annotated[
        bool,
        typer.Option(
            "--send-again", help="The DCS did not accept it: check once more, then send it as a new call."
        ),
    ] = False,
    json: AsJson = False,
) -> None:
    """Settle a call that got no answer.

    Without an option, it looks in the DCS for what the call wrote: a new request
    for the same work in the course, or the course itself. If that is certain, the
    call is settled. Otherwise it shows what it found, names the options that can
    settle the call, and exits with code 1. A request without a course cannot be
    looked for, because the DCS lists requests by course only.

    --gone is also for a request that was given an id but that the DCS has never
    shown. It is looked up one last time; later syncs no longer look it up.

    Examples:
    dcs-mirror calls settle 7
    dcs-mirror calls settle 7 --found 2400830
    """
    from dcs_mirror.writes import resolution

    if (found is not None) + taken + gone + send_again > 1:
        raise typer.BadParameter("give one of --found, --taken, --gone and --send-again")
    if send_again:
        written = with_runtime(lambda runtime: resolution.send_again(runtime, call_id), needs_dcs=False)
        if json:
            print_json(asdict(written))
        else:
            created = f" as request {written.request_id}" if written.request_id is not None else ""
            typer.echo(
                f"call {call_id} was sent again as call {written.call_id}, which the DCS accepted{created}"
            )
        exit_if_not_read_back(written)
    elif found is not None or taken or gone:
        with_runtime(
            lambda runtime: resolution.record(runtime, call_id, taken=not gone, request_id=found),
            needs_dcs=False,
        )
        if json:
            print_json({"call_id": call_id, "taken": not gone, "request_id": found})
        else:
            typer.echo(f"call {call_id} is settled")
    else:
        finding = with_runtime(lambda runtime: resolution.investigate(runtime, call_id), needs_dcs=False)
        if json:
            print_json(asdict(finding))
        else:
            settled = "settled: the DCS accepted it" if finding.taken else "not settled"
            typer.echo(one_line(f"call {call_id} is {settled}; {finding.why}"))
            if not finding.taken:
                _print_choices(finding)
        raise typer.Exit(0 if finding.taken else 1)


def _print_choices(finding: "CallFinding") -> None:
    """Print the commands that settle a call, unless it has been settled meanwhile."""
    from dcs_mirror.writes import resolution

    choices = with_mirror(lambda connection, _: resolution.choices(connection, finding))
    if choices:
        typer.echo("If you know what became of it, settle it with one of:")
    for choice in choices:
        meaning = f"  # {choice.meaning}" if choice.meaning else ""
        typer.echo(f"  {resolution.settling(finding.call_id, choice)}{meaning}")


def _what(call: "Call") -> str:
    """What a call is about, in a few words: a request's title, or what a course was set to."""
    if title := call.parameters.get("Title"):
        return title[:40]
    words = {
        "NumberOfStudents": "students",
        "NumberOfWeeks": "weeks",
        "Status": "status",
        "NewCourseCode": "code",
    }
    return ", ".join(
        f"{word} {call.parameters[name]}" for name, word in words.items() if name in call.parameters
    )


def _print_calls(found: "list[Call]") -> None:
    names = ("call", "HEI", "method", "course", "what", "sent", "state", "request", "error")
    headings = {name: "right" if name in {"call", "HEI", "request"} else "left" for name in names}
    rows = [
        [
            str(call.call_id),
            str(call.hei_id),
            call.method,
            call.parameters.get("CourseCode", ""),
            _what(call),
            f"{call.sent_at:%Y-%m-%d %H:%M} UTC",
            f"{call.state}: {call.settlement}" if call.settlement else call.state,
            str(call.request_id or ""),
            (call.error or "")[:80],
        ]
        for call in found
    ]
    print_table(headings, rows)
