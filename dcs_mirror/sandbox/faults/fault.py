"""The base of all faults: which calls it affects, and which reply replaces the true answer. No I/O."""

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
# How much of an answer is sent before the fault: nothing, the headers, or half of the body as well.
Reached: TypeAlias = Literal["start", "headers", "body"]
_METHOD_NAMES = sorted({method.name for method in METHODS.values()} | {call.name for call in CALLS.values()})


@dataclass(frozen=True, slots=True)
class Call:
    """A call to a method: its name, the raw path, and the parameters by their lower-case names."""

    method: str
    path: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class TrueAnswer:
    """The answer without the fault, and its instant (timezone-aware)."""

    status: int
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is sent, which need not be valid HTTP.

    `length` is the Content-Length, or None for none. `delay` is in seconds before the first byte, `pause` in
    seconds after each chunk. `headless` omits even the headers. `ending` says what follows the chunks: a
    proper end, a closed or reset connection, or silence.
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
    """A reply in valid HTTP with `body` in place of the true one."""
    return Reply(status=answer.status, headers=headers, chunks=(body,), length=len(body))


class Fault(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"
):
    """Which calls are affected, and how often; a subclass says how.

    `query` holds the required value of each parameter; true and false require its presence and absence. Of
    the calls that match, the first `after` are spared, then a `share` (0 to 1) of the rest is hit, `times` in
    all (None for no end). `seed` determines which calls the share hits. A call that is not `taken` fails
    before it changes anything.
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
        """Its name in a script."""
        return str(self.__struct_config__.tag)

    def __post_init__(self) -> None:
        if self.method is not None and self.method not in _METHOD_NAMES:
            raise ValueError(f"method: unknown {self.method!r}; known are {', '.join(_METHOD_NAMES)}")

    @property
    def lets_through(self) -> bool:
        """Whether the DCS still carries out the call, so that only its answer is affected."""
        return True

    @abstractmethod
    def reply(self, answer: TrueAnswer) -> Reply:
        """The reply that replaces `answer`."""

    def fits(self, call: Call) -> bool:
        """Whether `call` matches; paths and parameter names are compared without regard to case."""
        return (
            self.method in (None, call.method)
            and (self.path is None or fnmatchcase(call.path.lower(), self.path.lower()))
            and all(
                _matches(wanted, call.parameters.get(name.lower())) for name, wanted in self.query.items()
            )
        )


def _matches(required: str | int | bool, given: str | None) -> bool:
    if isinstance(required, bool):
        return required is (given is not None)
    return given == str(required)
