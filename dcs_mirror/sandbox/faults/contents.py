"""Kinds of fault in the content of an answer: each corrupts the true answer. No I/O."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

from dcs_mirror.sandbox import render
from dcs_mirror.sandbox.faults.fault import Fault, Reply, TrueAnswer, whole

Document: TypeAlias = dict[str, Any]  # a decoded answer, whose structure faults may corrupt
Entries: TypeAlias = Annotated[int, Meta(ge=1)]
_TOTAL = "total-results"
_STATUS_CODE = "status-code"
# A character of the private use area, later replaced by bytes that no encoder would write.
_MARK = "\ue000"


class HalfJson(Fault, frozen=True, tag="half-json"):
    """The first part (`keep`) of the JSON, in valid HTTP."""

    keep: Annotated[float, Meta(ge=0, lt=1)] = 0.5

    def reply(self, answer: TrueAnswer) -> Reply:
        return whole(answer, answer.body[: int(len(answer.body) * self.keep)])


class _CorruptContent(Fault, frozen=True):
    """Valid HTTP and JSON with corrupt content; an answer without the affected part stays unchanged."""

    def reply(self, answer: TrueAnswer) -> Reply:
        document = msgspec.json.decode(answer.body)
        if not isinstance(document, dict):  # a bare list, as aXcelerate answers
            return whole(answer, answer.body)
        self.corrupt(document)
        return whole(answer, self.encode(document))

    def encode(self, document: Document) -> bytes:
        """Encode `document` as it is sent."""
        return render.encode(document)

    @abstractmethod
    def corrupt(self, document: Document) -> None:
        """Corrupt `document` in place."""


class WrongTotal(_CorruptContent, frozen=True, tag="wrong-total"):
    """`total-results` is off by `by` (W6)."""

    by: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.by == 0:
            raise ValueError("by: 0 would leave the total right")

    def corrupt(self, document: Document) -> None:
        if _TOTAL in document:
            document[_TOTAL] += self.by


class Empty(_CorruptContent, frozen=True, tag="empty"):
    """No entries; the total is 0 as well (`zero`) or still the true one (`true`)."""

    total: Literal["zero", "true"] = "zero"

    def corrupt(self, document: Document) -> None:
        for name in _lists(document):
            document[name] = []
            if self.total == "zero":
                document[_TOTAL] = 0


class Duplicate(_CorruptContent, frozen=True, tag="duplicate"):
    """The first `entries`, or all, occur a second time; the total counts them twice."""

    entries: Entries | None = None

    def corrupt(self, document: Document) -> None:
        for name in _lists(document):
            document[name] += document[name][: self.entries]
            document[_TOTAL] = len(document[name])


class NoIds(_CorruptContent, frozen=True, tag="no-ids"):
    """The first `entries`, or all, lack their id (W4)."""

    entries: Entries | None = None

    def corrupt(self, document: Document) -> None:
        for name in _lists(document):
            for entry in document[name][: self.entries]:
                entry.pop("id", None)
                entry.pop("request-id", None)


class WrongNumbers(_CorruptContent, frozen=True, tag="wrong-numbers"):
    """Numbers are sent as digits in a text, as other text, or as objects (W4).

    Affects the fields named in `fields`, by default every number but the status code.
    """

    form: Literal["digits", "words", "object"]
    fields: tuple[str, ...] = ()

    def corrupt(self, document: Document) -> None:
        def in_wrong_form(name: str, value: object) -> object:
            is_affected = name in self.fields if self.fields else name != _STATUS_CODE
            if not is_affected or isinstance(value, bool) or not isinstance(value, int | float):
                return value
            match self.form:
                case "digits":
                    return str(value)
                case "words":
                    return "not a number"
                case "object":
                    return {"value": value}

        _replace_values(document, in_wrong_form)


class WrongLists(_CorruptContent, frozen=True, tag="wrong-lists"):
    """Lists are sent as null, as an object keyed by position, or as their first entry (W4)."""

    form: Literal["null", "object", "first"]

    def corrupt(self, document: Document) -> None:
        for name in _lists(document):
            entries = document[name]
            match self.form:
                case "null":
                    document[name] = None
                case "object":
                    document[name] = {str(at): entry for at, entry in enumerate(entries)}
                case "first":
                    document[name] = entries[0] if entries else {}


class _Marked(_CorruptContent, frozen=True):
    """The texts of the fields in `fields` have `mark` inserted in the middle."""

    fields: Annotated[tuple[str, ...], Meta(min_length=1)] = ("name", "title", "status-message")

    @property
    @abstractmethod
    def mark(self) -> str:
        """The characters inserted in the middle of each text."""

    def corrupt(self, document: Document) -> None:
        def with_mark(name: str, value: object) -> object:
            if name not in self.fields or not isinstance(value, str):
                return value
            middle = len(value) // 2
            return value[:middle] + self.mark + value[middle:]

        _replace_values(document, with_mark)


class Nul(_Marked, frozen=True, tag="nul"):
    """U+0000 inside texts, escaped as JSON requires (W7)."""

    @property
    def mark(self) -> str:
        return "\0"


class InvalidUtf8(_Marked, frozen=True, tag="invalid-utf8"):
    """Bytes inside texts that are not UTF-8."""

    @property
    def mark(self) -> str:
        return _MARK

    def encode(self, document: Document) -> bytes:
        return super().encode(document).replace(_MARK.encode(), b"\xff\xfe")


def _lists(document: Document) -> list[str]:
    """The names of the lists of entries: at most one in an answer of the DCS."""
    return [name for name, value in document.items() if isinstance(value, list)]


def _replace_values(value: Any, replacement: Callable[[str, object], object]) -> None:
    """Replace every value that is not a list or object by `replacement(name, value)`, at any depth."""
    if isinstance(value, list):
        for entry in value:
            _replace_values(entry, replacement)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, list | dict):
                _replace_values(inner, replacement)
            else:
                value[name] = replacement(name, inner)
