"""What every fault has: the calls it hits, and an answer it makes of the true one. No I/O."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from dcs_mirror.sandbox.axcelerate import CALLS
from dcs_mirror.sandbox.methods import METHODS
from dcs_mirror.sandbox.parameters import Parameters

JSON: Mapping[str, str] = {"Content-Type": "application/json; charset=utf-8"}
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=86_400)]
Positive: TypeAlias = Annotated[int, Meta(ge=1, le=2**40)]
# How far an answer gets before it goes wrong: no byte, the head of the answer, or half of its body too.
Reached: TypeAlias = Literal["start", "headers", "body"]
_METHOD_NAMES = sorted({method.name for method in METHODS.values()} | {call.name for call in CALLS.values()})


@dataclass(frozen=True, slots=True)
class Call:
    """A call to a method: its name, the raw path, and its parameters by their lower-case names."""

    method: str
    path: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class TrueAnswer:
    """What the sandbox would answer if nothing were wrong, and the instant (with a zone) of that answer."""

    status: int
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes over the wire, which need not be HTTP to its end.

    `length` is the announced Content-Length, None announces none. `delay` are the seconds before the
    first byte, `pause` those after each chunk. `headless` sends not even the headers. Then the answer
    ends as it should, the connection is closed or reset, or nothing comes any more.
    """

    chunks: Iterable[bytes]
    length: int | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    delay: float = 0.0
    pause: float = 0.0
    headless: bool = False
    ending: Literal["whole", "close", "reset", "hang"] = "whole"


def whole(answer: TrueAnswer, body: bytes, headers: Mapping[str, str] = JSON) -> Reply:
    """`body` in place of the true one, in an answer that is good HTTP."""
    return Reply(status=answer.status, headers=headers, chunks=(body,), length=len(body))


class Fault(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"
):
    """Which calls are hit, and how often; a subclass says with what.

    `query` asks for a parameter's value, or by true and false for its presence and absence. Of the
    calls that fit, the first `after` are let through and then a `share` of the rest is hit, `times`
    in all (None: for ever). `seed` decides whom the share falls on. A call that is not `taken` goes
    wrong before it has changed anything.
    """

    method: str | None = None
    path: str | None = None
    query: dict[str, str | int | bool] = {}
    after: Annotated[int, Meta(ge=0)] = 0
    times: Annotated[int, Meta(ge=1)] | None = None
    share: Share = 1.0
    seed: int = 0
    taken: bool = True

    @property
    def kind(self) -> str:
        """The name that a script calls it."""
        return str(self.__struct_config__.tag)

    def __post_init__(self) -> None:
        if self.method is not None and self.method not in _METHOD_NAMES:
            raise ValueError(f"method: no {self.method!r}; there are {', '.join(_METHOD_NAMES)}")

    @property
    def lets_through(self) -> bool:
        """Whether the DCS takes the call all the same, so that only its answer suffers."""
        return True

    @abstractmethod
    def reply(self, answer: TrueAnswer) -> Reply:
        """What is sent instead of `answer`."""

    def fits(self, call: Call) -> bool:
        """Whether `call` is one of those meant; paths and parameter names count in any case."""
        return (
            self.method in (None, call.method)
            and (self.path is None or fnmatchcase(call.path.lower(), self.path.lower()))
            and all(_fits(wanted, call.parameters.get(name.lower())) for name, wanted in self.query.items())
        )


def _fits(wanted: str | int | bool, given: str | None) -> bool:
    if isinstance(wanted, bool):
        return wanted is (given is not None)
    return given == str(wanted)
