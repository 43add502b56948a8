"""The pages of the dashboard that messages link to."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import web

from dcs_mirror.notify import message
from dcs_mirror.notify.book import EVENTS
from dcs_mirror.notify.message import Institution, Message
from dcs_mirror.notify.pages import with_pages
from dcs_mirror.settings import Settings
from dcs_mirror.web.dashboard import routes
from dcs_mirror.web.dashboard.parts import Parts

WHERE = Institution(108, "Thornmere")
NOW = datetime(2026, 8, 6, 8, tzinfo=UTC)
URL = "https://mirror.example.ac.uk"


def _message(event: str, **data: int) -> Message:
    return Message(event, WHERE, NOW, "title", "text", data)


def _paths(found: Message) -> list[str]:
    return re.findall(rf": {URL}(/\S+)$", found.plain, re.MULTILINE)


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_leads_to_pages_that_are_there(event: str) -> None:
    application = web.Application()
    routes.add(application, cast("Parts", SimpleNamespace(identity=None)), Settings())
    patterns = [
        info.get("pattern") or re.compile(re.escape(info.get("path", "")))
        for info in (resource.get_info() for resource in application.router.resources())
    ]
    found = with_pages(_message(event, open_flags=1, rejected=1), URL)
    paths = _paths(found)
    assert paths
    assert found.plain.startswith("text\n\nIn the dashboard:\n- ")
    for path in paths:
        assert "108" in path
        assert any(pattern.fullmatch(path.partition("?")[0]) for pattern in patterns), path


def test_a_digest_leads_to_what_its_numbers_count_and_without_an_address_nowhere() -> None:
    assert with_pages(_message("digest", open_flags=1, rejected=0), None).plain == "text"
    assert _paths(with_pages(_message("digest", open_flags=1, rejected=0), URL)) == [
        "/august?hei=108",
        "/requests?hei=108",
        "/institutions/108",
    ]
    counts = dict.fromkeys((name for name, _, _ in message._COUNTS), 0)
    digest = message.digest(WHERE, {**counts, "rejected": 2, "open_flags": 0, "occurred_at": NOW})
    assert digest is not None
    assert "/items?hei=108&status=Rejected" in _paths(with_pages(digest, URL))
