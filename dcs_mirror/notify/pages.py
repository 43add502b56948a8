"""Where the dashboard shows what a message is about. No I/O."""

from collections.abc import Sequence
from dataclasses import replace

from dcs_mirror.notify.message import Message

_INSTITUTION = ("The institution", "/institutions/{hei_id}")
_AUGUST = ("What the August licence check left open", "/august?hei={hei_id}")
_JUNE = ("The new academic year", "/june/{hei_id}")
_REJECTED = ("Rejected requests", "/items?hei={hei_id}&status=Rejected")
_REQUESTS = ("Requests, and calls that wait for somebody", "/requests?hei={hei_id}")


def with_pages(found: Message, public_url: str | None) -> Message:
    """Return a message whose text ends with the pages that show more; unchanged if there is no address.

    Args:
        found: the message.
        public_url: where people reach the dashboard, such as ``https://mirror.example.ac.uk``.
    """
    if public_url is None:
        return found
    hei_id = found.institution.hei_id
    lines = [f"- {text}: {public_url}{path.format(hei_id=hei_id)}" for text, path in _pages(found)]
    return replace(found, plain="\n".join([found.plain, "", "In the dashboard:", *lines]))


def _pages(found: Message) -> Sequence[tuple[str, str]]:
    match found.event:
        case "flags":
            return [_AUGUST]
        case "rollover" | "not-carried-over":
            return [_JUNE]
        case "rejected":
            return [_REJECTED, _REQUESTS]
        case "digest":
            august = [_AUGUST] if found.data["open_flags"] else []
            rejected = [_REJECTED] if found.data["rejected"] else []
            return [*august, *rejected, _REQUESTS, _INSTITUTION]
    return [_INSTITUTION]
