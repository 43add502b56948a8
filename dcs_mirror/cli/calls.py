"""`dcs-mirror calls`: the journal of what was written to the DCS, and settling what got no answer."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dcs_mirror.cli.program import with_mirror, with_runtime
from dcs_mirror.cli.report import LARGEST_ID, AsJson, OnlyHei, print_json, print_table

if TYPE_CHECKING:
    from dcs_mirror.writes.journal import Call
    from dcs_mirror.writes.resolution import CallFinding, Choice

app = typer.Typer(help="Show what was written to the DCS, and settle what got no answer.")


@app.callback(invoke_without_command=True)
def calls(
    context: typer.Context,
    *,
    hei: OnlyHei = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Only those of which nobody knows whether they were taken.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Show what was written to the DCS: every call, recorded before it was sent and after it was answered.

    State: answered (taken); refused (not taken); unknown (sent, and no answer came); sent (its answer was
    never recorded: it is under way, or the program was killed); settled (unknown once, and found out; or
    given an id that the DCS never showed).

    The journal holds what was sent, lecturers' names and email addresses among it; --json shows them.
    """
    if context.invoked_subcommand is not None:
        return
    from dcs_mirror.writes import journal

    found = with_mirror(lambda connection, _: journal.listed(connection, hei_id=hei, only_unsettled=unknown))
    if json:
        print_json([asdict(call) for call in found])
    elif found:
        _print_calls(found)
    else:
        typer.echo("no calls without an answer" if unknown else "no calls")


@app.command()
def settle(
    call_id: Annotated[
        int, typer.Argument(metavar="CALL_ID", min=1, max=LARGEST_ID, help="The call's number.")
    ],
    *,
    found: Annotated[
        int | None,
        typer.Option(
            metavar="REQUEST_ID",
            min=1,
            max=LARGEST_ID,
            help="Of a request: it was taken, and has this id in the DCS.",
        ),
    ] = None,
    taken: Annotated[
        bool, typer.Option("--taken", help="Of a course: it was taken, and is as it was to be.")
    ] = False,
    gone: Annotated[
        bool, typer.Option("--gone", help="It was not taken, and shall not be sent again.")
    ] = False,
    send_again: Annotated[
        bool,
        typer.Option("--send-again", help="It was not taken: look once more, then send it as a new call."),
    ] = False,
    json: AsJson = False,
) -> None:
    """Settle a call that got no answer.

    Without an option it looks in the DCS for what the call wrote: a new request in the course that is
    about the same work, or the course itself. What is found beyond doubt settles the call. Otherwise it
    says what it found (exit code 1), and one of the options settles it. A request for no course cannot be
    looked for, because the DCS lists requests by course only.

    --gone also ends the following of a request that was given an id and that the DCS never showed since:
    it is looked up a last time, and no sync asks for it any more.
    """
    from dcs_mirror.writes import resolution

    if (found is not None) + taken + gone + send_again > 1:
        raise typer.BadParameter("give one of --found, --taken, --gone and --send-again")
    if send_again:
        written = with_runtime(lambda runtime: resolution.send_again(runtime, call_id))
        if json:
            print_json(asdict(written))
        else:
            typer.echo(f"call {call_id} was sent again as call {written.call_id}, and taken")
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
            settled = "settled: it was taken" if finding.taken else "not settled"
            typer.echo(f"call {call_id} is {settled}; {finding.why}")
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
        typer.echo(f"  dcs-mirror calls settle {finding.call_id} {_option(choice)}")


def _option(choice: "Choice") -> str:
    """Return the option of `calls settle` that makes a choice, with a comment."""
    if choice.request_id is not None:
        return f"--found {choice.request_id}"
    return {
        "found": "--found REQUEST_ID  # the DCS accepted it: its request has this id",
        "taken": "--taken  # the DCS accepted it: the course is as the call set it",
        "send again": "--send-again  # the DCS did not accept it: send it as a new call",
        "gone": "--gone  # the DCS did not accept it: do not send it again",
    }[choice.way]


def _print_calls(found: "list[Call]") -> None:
    names = ("call", "HEI", "method", "course", "title", "sent", "state", "request", "error")
    headings = {name: "right" if name in {"call", "HEI", "request"} else "left" for name in names}
    rows = [
        [
            str(call.call_id),
            str(call.hei_id),
            call.method,
            call.parameters.get("CourseCode", ""),
            call.parameters.get("Title", "")[:40],
            f"{call.sent_at:%Y-%m-%d %H:%M}",
            f"{call.state}: {call.settlement}" if call.settlement else call.state,
            str(call.request_id or ""),
            (call.error or "")[:80],
        ]
        for call in found
    ]
    print_table(headings, rows)
