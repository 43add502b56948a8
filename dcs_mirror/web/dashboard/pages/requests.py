"""Requests: made through the mirror or in the DCS itself, what became of them, and calls to settle."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from dcs_mirror.store.unseen import UNSEEN
from dcs_mirror.web.dashboard.site import Site, Visit, patterns
from dcs_mirror.web.dashboard.tables import Column, Table
from dcs_mirror.web.dashboard.wording import REJECTIONS, one_of
from dcs_mirror.writes.resolution import Choice, choices_for, settling

STATES = {
    "waiting": "Waits for the DCS",
    "unlisted": "Waits, and is not listed yet",
    "rejected": "Rejected",
    "open": "Students can open it",
    "closed": "Decided, and students cannot open it",
}
"""The states of a request, as the address has them, in words; one that is not listed waits, too."""
OF_DCS = (None, "waiting", "rejected")
"""States by which requests that were made in the DCS itself are listed: the others are those of any item."""
METHODS = {
    "SubmitRequest": "A request",
    "SubmitCourse": "A new course",
    "AmendCourse": "A change of a course",
}
KNOWN = {
    "unknown": "No answer came: the DCS may have accepted it.",
    "sent": "No answer is recorded: it is on its way, or its program was killed.",
    "unseen": "The DCS accepted it, and has never listed it. Every sync looks for it.",
}

REQUESTS = Table(
    "requests",
    "Submitted through the mirror",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("course_code", "Course", "code"),
        Column("institution", "Institution"),
        Column("submitted_at", "Submitted", "date"),
        Column("state", "What became of it", words=one_of(STATES)),
        Column("content_status", "Status in the DCS", shown=False, sorts=False),
        Column("rejection_message", "Rejected because", sorts=False, words=one_of(REJECTIONS)),
        Column("rejection_note", "Note to the rejection", shown=False, sorts=False),
        Column("ended_at", "Decided", "date"),
        Column("request_id", "Request id then", "id"),
        Column("current_request_id", "Request id now", "id", shown=False, sorts=False),
        Column("call_id", "Call", "id", shown=False, sorts=False),
    ),
    "-submitted_at",
    "No such request was submitted through the mirror.",
)
DCS_REQUESTS = Table(
    "dcs_requests",
    "Made in the DCS itself, and waiting or rejected",
    (
        Column("title", "Title"),
        Column("extract_title", "Chapter or article", shown=False, sorts=False),
        Column("course_code", "Course", "code"),
        Column("institution", "Institution"),
        Column("made_at", "Made", "date"),
        Column("state", "What became of it", words=one_of(STATES)),
        Column("rejection_message", "Rejected because", sorts=False, words=one_of(REJECTIONS)),
        Column("rejection_note", "Note to the rejection", shown=False, sorts=False),
        Column("request_id", "Request id", "id"),
    ),
    "-made_at",
    "No such request that was made in the DCS itself waits or was rejected.",
)
WAITING = Table(
    "waiting",
    "Institutions whose requests wait",
    (
        Column("institution", "Institution"),
        Column("hei_id", "HEI", "id"),
        Column("oldest_at", "The oldest was submitted", "date"),
        Column("waiting", "Wait for the DCS", "number"),
        Column("unlisted", "Of these not listed yet", "number"),
    ),
    "oldest_at",
    "No request waits.",
)
OPEN_CALLS = Table(
    "open_calls",
    "Calls that wait for somebody",
    (
        Column("title", "What was sent"),
        Column("state", "What is known", words=one_of(KNOWN)),
        Column("call_id", "Call", "id"),
        Column("method", "Method", shown=False, sorts=False, words=one_of(METHODS)),
        Column("course_code", "Course", "code"),
        Column("institution", "Institution"),
        Column("sent_at", "Sent", "moment"),
        Column("request_id", "Request id", "id", sorts=False, shown=False),
    ),
    "call_id",
    "No call waits for anybody.",
)


def add(site: Site) -> None:
    """Add the page."""
    site.get("/requests", _show, navigation="Requests")


async def _show(visit: Visit) -> web.Response:
    institutions = await visit.rows("institution_names")
    hei_id = visit.chosen(institutions)
    requests, of_dcs, calls = (
        table if hei_id is None else table.without("institution")
        for table in (REQUESTS, DCS_REQUESTS, OPEN_CALLS)
    )
    text, state = visit.text("q"), visit.text("state")
    known = state if state in STATES else None
    narrowed = {"hei_id": hei_id, "patterns": None if text is None else patterns(text)}
    counts = await visit.row("request_counts", **narrowed)
    return visit.page(
        "requests.html",
        title="Requests",
        listing=await visit.listing(requests, hei_id=hei_id, call_ids=counts["call_ids"], state=known),
        of_dcs=await visit.listing(of_dcs, **narrowed, state=known) if known in OF_DCS else None,
        counts=counts,
        waiting=None if hei_id is not None else await visit.listing(WAITING),
        open_calls=await visit.listing(calls, hei_id=hei_id, accepted_before=visit.now - UNSEEN),
        institutions=institutions,
        hei_id=hei_id,
        q=text,
        state=state,
        states=STATES,
        methods=METHODS,
        look=look,
        ways=ways,
    )


def look(call: Mapping[str, Any]) -> str | None:
    """Return the command that finds out what became of a call; None if none can."""
    return None if call["state"] == "unseen" else settling(call["call_id"])


def ways(call: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the commands that settle a call by what somebody knows of it, each with what it says (A6)."""
    if call["state"] == "unseen":
        return [(settling(call["call_id"], Choice("gone")), "CLA says that it is lost: look for it no more")]
    choices = choices_for(call["method"], call["status"], [])
    meanings = [choice.meaning or "" for choice in choices]
    return [
        (settling(call["call_id"], choice), f"{meaning[:1].upper()}{meaning[1:]}")
        for choice, meaning in zip(choices, meanings, strict=True)
    ]
