"""The kinds of fault in what an answer says: each begins with the true one and spoils it. No I/O."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from dcs_mirror.sandbox import render
from dcs_mirror.sandbox.faults.fault import Fault, Reply, TrueAnswer, whole

Document: TypeAlias = dict[str, Any]  # a decoded answer, whose shape is what gets spoilt
Entries: TypeAlias = Annotated[int, Meta(ge=1)]
_TOTAL = "total-results"
_STATUS_CODE = "status-code"
# A character of the private use area marks where bytes go that no encoder would write.
_MARK = "\ue000"


class HalfJson(Fault, frozen=True, tag="half-json"):
    """The first part (`keep`) of the JSON, as an answer that is good HTTP."""

    keep: Annotated[float, Meta(ge=0, lt=1)] = 0.5

    def reply(self, answer: TrueAnswer) -> Reply:
        return whole(answer, answer.body[: int(len(answer.body) * self.keep)])


class _Spoilt(Fault, frozen=True):
    """An answer that is good HTTP and good JSON; one that has not what is to be spoilt stays as it is."""

    def reply(self, answer: TrueAnswer) -> Reply:
        document = msgspec.json.decode(answer.body)
        if not isinstance(document, dict):  # a bare list, as aXcelerate answers
            return whole(answer, answer.body)
        self.spoil(document)
        return whole(answer, self.written(document))

    def written(self, document: Document) -> bytes:
        """`document` as it is sent."""
        return render.encode(document)

    @abstractmethod
    def spoil(self, document: Document) -> None:
        """Changes `document` in place."""


class WrongTotal(_Spoilt, frozen=True, tag="wrong-total"):
    """`total-results` is off by `by` (W6)."""

    by: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.by == 0:
            raise ValueError("by: 0 would leave the total right")

    def spoil(self, document: Document) -> None:
        if _TOTAL in document:
            document[_TOTAL] += self.by


class Empty(_Spoilt, frozen=True, tag="empty"):
    """No entries; the total says so (`zero`) or gives it away (`true`)."""

    total: Literal["zero", "true"] = "zero"

    def spoil(self, document: Document) -> None:
        for name in _lists(document):
            document[name] = []
            if self.total == "zero":
                document[_TOTAL] = 0


class Duplicate(_Spoilt, frozen=True, tag="duplicate"):
    """The first `entries`, or all of them, come a second time; the total counts them twice."""

    entries: Entries | None = None

    def spoil(self, document: Document) -> None:
        for name in _lists(document):
            document[name] += document[name][: self.entries]
            document[_TOTAL] = len(document[name])


class NoIds(_Spoilt, frozen=True, tag="no-ids"):
    """The first `entries`, or all of them, lack their id (W4)."""

    entries: Entries | None = None

    def spoil(self, document: Document) -> None:
        for name in _lists(document):
            for entry in document[name][: self.entries]:
                entry.pop("id", None)
                entry.pop("request-id", None)


class WrongNumbers(_Spoilt, frozen=True, tag="wrong-numbers"):
    """Numbers come as text of digits, as other text, or as objects (W4).

    Hits the fields of the names in `fields`, by default every number but the status code.
    """

    form: Literal["digits", "words", "object"]
    fields: tuple[str, ...] = ()

    def spoil(self, document: Document) -> None:
        def other(name: str, value: object) -> object:
            hit = name in self.fields if self.fields else name != _STATUS_CODE
            if not hit or isinstance(value, bool) or not isinstance(value, int | float):
                return value
            match self.form:
                case "digits":
                    return str(value)
                case "words":
                    return "not a number"
                case "object":
                    return {"value": value}

        _rewrite(document, other)


class WrongLists(_Spoilt, frozen=True, tag="wrong-lists"):
    """Lists come as null, as an object by position, or as their only or first entry (W4)."""

    form: Literal["null", "object", "first"]

    def spoil(self, document: Document) -> None:
        for name in _lists(document):
            entries = document[name]
            match self.form:
                case "null":
                    document[name] = None
                case "object":
                    document[name] = {str(at): entry for at, entry in enumerate(entries)}
                case "first":
                    document[name] = entries[0] if entries else {}


class _Marked(_Spoilt, frozen=True):
    """Something in the middle of the texts of the fields that `fields` names."""

    fields: Annotated[tuple[str, ...], Meta(min_length=1)] = ("name", "title", "status-message")

    @property
    @abstractmethod
    def mark(self) -> str:
        """What comes in the middle of each text."""

    def spoil(self, document: Document) -> None:
        def other(name: str, value: object) -> object:
            if name not in self.fields or not isinstance(value, str):
                return value
            middle = len(value) // 2
            return value[:middle] + self.mark + value[middle:]

        _rewrite(document, other)


class Nul(_Marked, frozen=True, tag="nul"):
    """U+0000 inside texts, as JSON writes it (W7)."""

    @property
    def mark(self) -> str:
        return "\0"


class InvalidUtf8(_Marked, frozen=True, tag="invalid-utf8"):
    """Bytes inside texts that are no UTF-8."""

    @property
    def mark(self) -> str:
        return _MARK

    def written(self, document: Document) -> bytes:
        return super().written(document).replace(_MARK.encode(), b"\xff\xfe")


def _lists(document: Document) -> list[str]:
    """The names of the lists of entries: one in an answer that holds any."""
    return [name for name, value in document.items() if isinstance(value, list)]


def _rewrite(value: Any, other: Callable[[str, object], object]) -> None:
    """Puts `other(name, value)` in place of every value that is no list or object, at any depth."""
    if isinstance(value, list):
        for entry in value:
            _rewrite(entry, other)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, list | dict):
                _rewrite(inner, other)
            else:
                value[name] = other(name, inner)
