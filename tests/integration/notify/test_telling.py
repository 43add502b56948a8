"""What is told, to whom, how often and in which order: real servers take it, refuse it and break off."""

import email
import email.policy
import hashlib
import hmac
import re
from datetime import timedelta

import pytest

from dcs_mirror.database import connections, locks
from dcs_mirror.database.connections import Connection
from dcs_mirror.errors import LockNotFree, SettingsError
from dcs_mirror.notify import addresses
from tests.support.readings import HEI, START, apply_reading, item, night_of, reading
from tests.support.receiver import Receiver, mailbox, receiver
from tests.support.telling import AUGUST, SECRET, entry, events, night, notify


async def test_a_recheck_is_told_once_with_its_items_by_course_and_how_to_acknowledge(
    database: str, connection: Connection, library: Receiver
) -> None:
    told = entry(library.url, events=["flags"])
    await night(connection, AUGUST, "Active", "Active", "Active")
    assert (await notify(database, told, night=AUGUST)).messages == []
    await night(connection, AUGUST + 1, "Pending", "Pending", "Active")
    report = await notify(database, told, night=AUGUST + 1)
    ((_, message),) = report.messages
    assert message.title == f"University of Example ({HEI}): 2 items affected by the August licence check"
    assert re.search(r"Course A:\n- Book 0 \(flag [12]\)\n- Book 1 \(flag [12]\)\n", message.plain)
    assert "dcs-mirror flags ack" in message.plain
    assert (await notify(database, told, night=AUGUST + 1)).messages == []
    (document,) = library.taken
    assert set(document) == {"id", "event", "hei_id", "institution", "occurred_at", "data"}
    assert document["occurred_at"] == "2026-08-04T02:00:00+00:00"
    assert [flag["title"] for flag in document["data"]["flags"]] == ["Book 0", "Book 1"]


async def test_the_signature_is_of_the_bytes_that_are_sent(
    database: str, connection: Connection, library: Receiver
) -> None:
    await night(connection, 0, "Active")
    await notify(database, entry(library.url), night=0)
    await night(connection, 1, "Active", "Rejected", message="not owned\u202e\x1b[31m é")
    await notify(database, entry(library.url), night=1)
    assert events(library) == ["rejected", "digest"]
    for headers, body in library.posts:
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert headers["X-Dcs-Mirror-Signature"] == f"sha256={expected}"
        assert body.isascii()
    (rejection,) = library.taken[0]["data"]["items"]
    assert rejection["rejection_message"] == "not owned\u202e\x1b[31m é"


async def test_what_is_not_taken_is_sent_again_in_order_with_the_same_id(
    database: str, connection: Connection, library: Receiver
) -> None:
    await night(connection, 0, "Active")
    await notify(database, entry(library.url))
    library.answers = [500, "close", 503]
    await night(connection, 1, "Rejected")
    report = await notify(database, entry(library.url), night=1, pauses=(0.01,))
    assert (report.exit_code, [failure.waiting for failure in report.failures]) == (4, [2])
    await night(connection, 2, "Rejected", "Rejected")
    report = await notify(database, entry(library.url), night=2, pauses=(0.01, 0.01))
    assert (report.exit_code, report.failures) == (0, [])
    assert events(library) == ["rejected", "digest", "rejected", "digest"]
    first = {headers["X-Dcs-Mirror-Id"] for headers, _ in library.posts[:4]}
    assert first == {library.taken[0]["id"]}
    assert len({document["id"] for document in library.taken}) == 4


async def test_a_recipient_that_is_down_or_hangs_holds_up_no_other(
    database: str, connection: Connection, library: Receiver
) -> None:
    async with receiver() as other:
        both = entry(library.url, "webhook+http://127.0.0.1:9/closed", other.url, events=["rejected"])
        await night(connection, 0, "Active")
        await notify(database, both)
        await night(connection, 1, "Rejected")
        other.answers = ["hang"]
        report = await notify(database, both, night=1, seconds=0.3)
        assert events(library) == ["rejected"]
        assert report.exit_code == 1
        assert sorted(failure.why for failure in report.failures)[1] == "gave no answer within 0.3 s"
        assert all(SECRET not in failure.why and "/dcs" not in failure.to for failure in report.failures)


CANNOT_NOTE = """
CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER fail BEFORE UPDATE ON dcs_mirror.notification FOR EACH ROW
WHEN (new.recipient = '{key}') EXECUTE FUNCTION public.fail()
"""


async def test_what_cannot_be_noted_of_one_recipient_keeps_nothing_from_others(
    database: str, connection: Connection, library: Receiver
) -> None:
    async with receiver() as other:
        both = entry(other.url, library.url, events=["rejected"])
        await night(connection, 0, "Active")
        await notify(database, both)
        await connection.execute(CANNOT_NOTE.format(key=addresses.parse(other.url, "").key))
        await night(connection, 1, "Rejected")
        for answer in (200, 500):
            other.answers = [answer]
            report = await notify(database, both, night=1)
            ((why, waiting),) = [(failure.why, failure.waiting) for failure in report.failures]
            assert why.startswith("is told no more, because PostgreSQL could not note what was sent: could")
            assert waiting == 1
        assert events(library) == ["rejected"]
        await connection.execute("DROP TRIGGER fail ON dcs_mirror.notification")
        assert (await notify(database, both, night=1)).exit_code == 0
        first, again = other.taken
        assert first == again


async def test_a_redirect_is_not_followed(database: str, connection: Connection, library: Receiver) -> None:
    async with receiver() as elsewhere:
        await night(connection, 0, "Active")
        await notify(database, entry(library.url))
        await night(connection, 1, "Rejected")
        library.redirect_to, library.answers = elsewhere.url.removeprefix("webhook+"), [307]
        report = await notify(database, entry(library.url), night=1, pauses=(0, 0))
        assert [failure.why for failure in report.failures] == [
            "answered HTTP 307: redirects are not followed"
        ]
        assert (len(library.posts), elsewhere.posts) == (1, [])


async def test_what_was_sent_but_not_noted_is_sent_again_with_the_same_id(
    database: str, connection: Connection, library: Receiver
) -> None:
    """As after a kill between the answer and the note."""
    await night(connection, 0, "Active")
    await notify(database, entry(library.url, events=["rejected"]))
    await night(connection, 1, "Rejected")
    await notify(database, entry(library.url, events=["rejected"]), night=1)
    await connection.execute("UPDATE dcs_mirror.notification SET sent_at = NULL")
    await notify(database, entry(library.url, events=["rejected"]), night=1)
    assert len(library.posts) == 2
    assert library.posts[0][1] == library.posts[1][1]


async def test_two_at_once_tell_nothing_twice(
    database: str, connection: Connection, library: Receiver
) -> None:
    async with connections.connect(database) as holder:
        assert await locks.try_session(holder, locks.NOTIFY, 0)
        with pytest.raises(LockNotFree, match="another notify is under way"):
            await notify(database, entry(library.url))


async def test_a_rehearsal_sends_and_remembers_nothing(
    database: str, connection: Connection, library: Receiver
) -> None:
    await night(connection, 0, "Active")
    await notify(database, entry(library.url, events=["rejected"]))
    await night(connection, 1, "Rejected")
    for _ in range(2):
        report = await notify(database, entry(library.url, events=["rejected"]), night=1, is_rehearsal=True)
        assert [message.event for _, message in report.messages] == ["rejected"]
    assert library.posts == []
    await notify(database, entry(library.url, events=["rejected"]), night=1)
    assert events(library) == ["rejected"]


async def test_since_tells_the_past_which_a_new_recipient_is_not_told(
    database: str, connection: Connection, library: Receiver
) -> None:
    await night(connection, 0, "Active")
    await night(connection, 1, "Rejected")
    await notify(database, entry(library.url), night=1)
    assert library.posts == []
    await notify(database, entry(library.url), night=1, since=START + timedelta(hours=12))
    assert events(library) == ["rejected", "digest"]
    assert (await notify(database, entry(library.url), night=1)).messages == []
    with pytest.raises(SettingsError, match="later than now"):
        await notify(database, entry(library.url), since=START + timedelta(days=5))


async def test_a_rollover_and_what_did_not_come_over_are_told(
    database: str, connection: Connection, library: Receiver
) -> None:
    june = night_of(2026, 6, 10)
    await apply_reading(
        connection, reading({"A": [item(1, title="Kept"), item(2, title="Lost")]}, night=june)
    )
    await notify(database, entry(library.url), night=june)
    what = reading({"A": [item(11, 1, title="Kept")]}, night=june + 1, year="2026-2027", ids={"A": 5})
    await apply_reading(connection, what)
    report = await notify(database, entry(library.url), night=june + 1)
    assert events(library) == ["rollover", "not-carried-over", "digest"]
    (rollover,) = library.taken[0]["data"]["rollovers"]
    assert (rollover["academic_year"], rollover["renumbered"], rollover["not_carried_over"]) == (
        "2026-2027",
        1,
        1,
    )
    assert [lost["title"] for lost in library.taken[1]["data"]["items"]] == ["Lost"]
    assert "11 June 2026, 03:00 BST: the academic year 2026-2027 has begun." in report.messages[0][1].plain


async def test_an_institution_that_is_not_known_stops_everything(
    database: str, connection: Connection, library: Receiver
) -> None:
    await night(connection, 0, "Active")
    with pytest.raises(SettingsError, match="does not know institution 999"):
        await notify(database, entry(library.url, institutions=[HEI, 999]))
    assert library.posts == []


async def test_each_recipient_is_told_of_its_own_institutions_and_events(
    database: str, connection: Connection, library: Receiver
) -> None:
    async with receiver() as other:
        entries = (
            entry(library.url, events=["rejected"], institutions=[HEI]),
            entry(other.url, events=["digest"], institutions=[HEI + 1]),
        )
        for number, status in enumerate(("Active", "Rejected")):
            for hei_id in (HEI, HEI + 1):
                items = [item(hei_id * 10, content_status=status)]
                await apply_reading(connection, reading({"A": items}, night=number, hei_id=hei_id))
            await notify(database, *entries, night=number)
        assert [(d["hei_id"], d["event"]) for d in library.taken] == [(HEI, "rejected")]
        assert [(d["hei_id"], d["event"]) for d in other.taken] == [(HEI + 1, "digest")]


async def test_a_mail_has_no_header_that_a_title_smuggled_in(database: str, connection: Connection) -> None:
    async with mailbox() as box:
        url = f"mailto://user:hunter2hunter2@127.0.0.1:{box.port}/?from=mirror@example.org&to=lib@example.org&mode=insecure"
        told = entry(url, events=["rejected"])
        name = "Uni\r\nBcc: evil@example.org\r\n\r\n<script>alert(1)</script>"
        await night(connection, 0, "Active")
        await connection.execute("UPDATE dcs_mirror.institution SET name = $1", name)
        await notify(database, told)
        await night(connection, 1, "Rejected")
        await connection.execute("UPDATE dcs_mirror.institution SET name = $1", name)
        await connection.execute("UPDATE dcs_mirror.content_item SET title = $1", "<b>A\r\n.\r\nQUIT</b>")
        report = await notify(database, told, night=1)
        assert report.failures == []
        (raw,) = box.mails
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["Bcc"] is None
    assert mail["To"] == "lib@example.org"
    assert str(mail["Subject"]).startswith("Uni Bcc: evil@example.org <script>")
    html = mail.get_body(("html", "plain"))
    assert html is not None
    assert "<b>A" not in html.get_content() or html.get_content_type() == "text/plain"
    assert all("hunter2" not in to for to, _ in report.messages)
