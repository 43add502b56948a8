"""What a client returns: an answer with the time of its question, and what the client does to the DCS."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from xxhash import xxh3_64_intdigest

from dcs_mirror.errors import Retryable
from dcs_mirror.records import ContentItem, Course

# A release that reads another field has other digests, so that it reads every answer once more.
FIELDS = xxh3_64_intdigest(repr((Course.__struct_fields__, ContentItem.__struct_fields__)).encode())

T = TypeVar("T")


@dataclass(slots=True)
class Answer(Generic[T]):
    """An answer, and when its question was sent.

    ``content`` is None if the body has the digest that the caller already holds. ``reading_order`` says
    which of two answers is fresher (see :class:`dcs_mirror.clock.ReadingOrder`).
    """

    content: T | None
    digest: bytes
    fetched_at: datetime
    reading_order: int


@dataclass(frozen=True, slots=True)
class Load:
    """What a client does to the DCS.

    Attributes:
        limit: requests that it may have in flight.
        in_flight: those that it has.
        pause_left: seconds that it must still wait, because it or others were asked to.
        is_probing: whether it is finding out if the DCS is down.
        own_pause_left: seconds that it was asked to wait itself.
    """

    limit: int
    in_flight: int
    pause_left: float
    is_probing: bool
    own_pause_left: float = 0.0


def is_unreachable(error: Exception) -> bool:
    """Whether the DCS itself may not have answered."""
    return isinstance(error, Retryable) and error.unreachable
