"""Bodies as the sandbox sends them, what a bad day does to them, and an oracle of plain json."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from dcs_mirror.sandbox import Sizes, Spelling, build_world, render

Json = Any  # parsed JSON: made up here and damaged, not typed

LISTS = {"GetInstitutions": "institutions", "GetCourses": "courses", "GetCourseContent": "contentitems"}
IDS = {"GetInstitutions": "id", "GetCourses": "id", "GetCourseContent": "requestid"}


@dataclass(frozen=True)
class Body:
    """An answer to a method; ``touched`` are the entries that were changed, None where any may be."""

    method: str
    raw: bytes
    touched: frozenset[int] | None = frozenset()


def real_bodies() -> list[Body]:
    """Answers of every method in every spelling."""
    bodies = []
    for spelling in get_args(Spelling):
        world = build_world(Sizes(institutions=3, courses=5, items=4), spelling=spelling)
        bodies.append(Body("GetInstitutions", render.institutions_answer(world)))
        for institution in world.institutions.values():
            bodies.append(Body("GetCourses", render.courses_answer(institution, world.spelling)))
            bodies += [
                Body(
                    "GetCourseContent",
                    render.content_answer(institution, course, course.items, world.spelling),
                )
                for course in institution.courses.values()
            ]
    return bodies


def squashed(key: str) -> str:
    """A key without its spelling."""
    return re.sub("[^a-z0-9]", "", key.lower())


def whole_ids(method: str, raw: bytes) -> set[int] | None:
    """The ids in an answer that is well-formed and whole; None where it is not, or where that is not plain.

    Strict on purpose, and apart from the decoder: UTF-8, one JSON object, success in words and code, one list
    of objects as long as the total, an integer for every id.
    """
    try:
        parsed = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict):
        return None
    envelope = {squashed(key): value for key, value in parsed.items()}
    listed: Json = envelope.get(LISTS[method])
    is_whole = (
        len(envelope) == len(parsed)
        and isinstance(listed, list)
        and (envelope.get("status"), envelope.get("statuscode")) == ("ok", 100)
        and envelope.get("totalresults", len(listed)) == len(listed)
        and not isinstance(envelope.get("totalresults"), bool)
    )
    ids = [_id(method, entry) for entry in listed] if is_whole else [None]
    told = {each for each in ids if each is not None}
    return None if None in ids else told


def _id(method: str, entry: Json) -> int | None:
    """What identifies an entry, where that is plain."""
    if not isinstance(entry, dict):
        return None
    values = {squashed(key): value for key, value in entry.items()}
    found, code = values.get(IDS[method]), values.get("coursecode")
    is_plain = len(values) == len(entry) and type(found) is int and 0 < found < 2**31
    if method == "GetCourses":
        is_plain = is_plain and isinstance(code, str) and 0 < len(code.replace("\0", "")) <= 500
    return found if is_plain else None


# Of bytes: what transport, proxies and encodings do.


def _slice(raw: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(raw) + 1)
    return start, min(len(raw), start + dice.choice((1, 2, 7, 40, 400)))


def _flipped(raw: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(raw)
    for _ in range(dice.choice((1, 1, 2, 8))):
        damaged[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def _cut(raw: bytes, dice: random.Random) -> bytes:
    return raw[: dice.randrange(len(raw))]


def _holed(raw: bytes, dice: random.Random) -> bytes:
    start, end = _slice(raw, dice)
    return raw[:start] + raw[end:]


def _stuffed(raw: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(raw) + 1)
    filling = dice.choice(
        (dice.randbytes(dice.randrange(1, 9)), b"\x00", b"\xff", b'"', b"}", b",", b"\n", b"\\")
    )
    return raw[:place] + filling + raw[place:]


def _doubled(raw: bytes, dice: random.Random) -> bytes:
    start, end = _slice(raw, dice)
    return raw[:end] + raw[start:end] + raw[end:]


def _transposed(raw: bytes, dice: random.Random) -> bytes:
    a, b, c, d = sorted(dice.randrange(len(raw) + 1) for _ in range(4))
    return raw[:a] + raw[c:d] + raw[b:c] + raw[a:b] + raw[d:]


def _wrapped(raw: bytes, dice: random.Random) -> bytes:
    return dice.choice(
        (
            b"\xef\xbb\xbf" + raw,
            b"\xef\xbb\xbf" * 2 + raw,
            b"[" + raw + b"]",
            raw + raw,
            raw + b"\n<!-- cached -->",
            b")]}',\n" + raw,
            json.dumps(raw.decode()).encode(),
        )
    )


def _recoded(raw: bytes, dice: random.Random) -> bytes:
    return raw.decode().encode(dice.choice(("utf-16", "utf-16-le", "utf-32", "utf-7", "latin-1")), "replace")


def _requoted(raw: bytes, dice: random.Random) -> bytes:
    return raw.replace(b'"', b"'", -1 if dice.random() < 0.5 else dice.randrange(1, 40))


_VALUE = re.compile(rb'(?<=:)\s*(?:"(?:[^"\\]|\\.)*"|-?[0-9.]+|true|false|null)')
_PAIR = re.compile(rb'"(?:[^"\\]|\\.)*":(?:"(?:[^"\\]|\\.)*"|-?[0-9.]+|true|false|null)')
_ODD_TEXTS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e-999", b"9" * 30, b"9" * 4000, b"9" * 10_000, b"-0",
    b"00", b"1.0", b"1e3", b'"\\ud800"', b'"\\u0000"', b'"a\tb\nc"', b'"\x1b[2J"', b'"\xed\xa0\x80"', b'""',
    b"'x'",
    b"undefined", b"[" * 90 + b"]" * 90, b"[" * 5000 + b"]" * 5000, b'{"a":' * 300 + b"1" + b"}" * 300,
    b"{}", b"[]",
)  # fmt: skip


def _revalued(raw: bytes, dice: random.Random) -> bytes:
    place = dice.choice(list(_VALUE.finditer(raw)))
    return raw[: place.start()] + dice.choice(_ODD_TEXTS) + raw[place.end() :]


def _repaired(raw: bytes, dice: random.Random) -> bytes:
    """A key that stands twice, the second time with another pair's value."""
    one, other = (dice.choice(list(_PAIR.finditer(raw))) for _ in range(2))
    key, value = one[0].partition(b'":')[0], other[0].partition(b'":')[2]
    return raw[: one.end()] + b"," + key + b'":' + value + raw[one.end() :]


# Of values: what programs do.

ODD: tuple[Json, ...] = (
    None, True, False, 0, -1, 1, 1.5, 2**31, 2**63, 10**400, "", " ", "7", "x", "\x00", "\ud800", "\x9b2J",
    [], {}, [[]], {"id": 1}, "x" * 10_000, [None] * 150,
)  # fmt: skip


def _reentered(body: Body, dice: random.Random) -> Body:
    """One entry is damaged, or stands for something else; the total is right."""
    parsed, listed = _opened(body)
    if not listed:
        return body
    place = dice.randrange(len(listed))
    entry = listed[place]
    inner = entry.get("bibliographic-details", entry) if dice.random() < 0.3 else entry
    key, other = dice.choice(list(inner)), dice.choice(list(inner))
    match dice.randrange(6):
        case 0:
            del inner[key]
        case 1:
            inner[key] = dice.choice(ODD)
        case 2:
            inner[key], inner[other] = inner[other], inner[key]
        case 3:
            inner[dice.choice((key.upper(), key.title(), key[:-1], key + "\x00", ""))] = inner.pop(key)
        case 4:
            inner[dice.choice((key.upper(), "new-field", "\ud800"))] = dice.choice(ODD)
        case _:
            listed[place] = dice.choice(ODD)
    return Body(body.method, json.dumps(parsed).encode(), frozenset({place}))


def _reenveloped(body: Body, dice: random.Random) -> Body:
    """The envelope says something else than its entries."""
    parsed, listed = _opened(body)
    key = dice.choice(list(parsed))
    match dice.randrange(6):
        case 0:
            del parsed[key]
        case 1:
            parsed[key] = dice.choice(ODD)
        case 2:
            parsed[dice.choice((key.upper(), key[:-1], key + " "))] = dice.choice(ODD)
        case 3:
            del listed[dice.randrange(len(listed) + 1) :]
        case 4:
            parsed |= {"status": dice.choice(ODD), "status-code": dice.choice((*ODD, *range(1, 9)))}
        case _:
            parsed |= {key: dice.choice(ODD), "total-results": dice.choice((0, None, len(listed)))}
    return Body(body.method, json.dumps(parsed).encode(), None)


def _shortened(body: Body, dice: random.Random) -> Body:
    """A well-formed answer that lacks some entries: upstream really dropped them."""
    parsed, listed = _opened(body)
    for _ in range(dice.randrange(1, 3)):
        if listed:
            del listed[dice.randrange(len(listed))]
    parsed["total-results"] = len(listed)
    return Body(body.method, json.dumps(parsed).encode(), None)


def _opened(body: Body) -> tuple[Json, Json]:
    parsed = json.loads(body.raw)
    return parsed, next(v for k, v in parsed.items() if squashed(k) == LISTS[body.method])


_OF_BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flipped, _cut, _holed, _stuffed, _doubled, _transposed, _wrapped, _recoded, _requoted,
    _revalued, _repaired,
)  # fmt: skip
_OF_VALUES: tuple[Callable[[Body, random.Random], Body], ...] = (_reentered, _reenveloped, _shortened)


def damaged(body: Body, dice: random.Random) -> Body:
    """The body after something happened to it, or after two things."""
    if dice.random() < 0.4:
        return dice.choice(_OF_VALUES)(body, dice)
    raw = dice.choice(_OF_BYTES)(body.raw, dice)
    if dice.random() < 0.2:
        raw = _flipped(raw or b" ", dice)
    return Body(body.method, raw, None)
