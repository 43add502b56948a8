"""A script of faults: read from JSON, asked which fault a call meets, and counting. No I/O but the file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct

from dcs_mirror.sandbox.faults import contents, transport
from dcs_mirror.sandbox.faults.fault import Call, Fault

_ALL = (
    transport.Status,
    transport.Error,
    transport.Redirect,
    transport.SlowStart,
    transport.Drip,
    transport.Hang,
    transport.Reset,
    transport.Cut,
    transport.Huge,
    transport.GzipPlain,
    transport.GzipCut,
    transport.GzipBomb,
    contents.HalfJson,
    contents.WrongTotal,
    contents.Empty,
    contents.Duplicate,
    contents.NoIds,
    contents.WrongNumbers,
    contents.WrongLists,
    contents.Nul,
    contents.InvalidUtf8,
)
# By the name that a script calls it.
KINDS: Mapping[str, type[Fault]] = {str(kind.__struct_config__.tag): kind for kind in _ALL}


class ScriptUnreadable(ValueError):
    """The script cannot be used; the message says why, one line for each fault that is wrong."""


class _Named(Struct):
    kind: str


def parse_script(text: bytes) -> list[Fault]:
    """The faults of a JSON list of objects. Raises ScriptUnreadable."""
    try:
        listed = msgspec.json.decode(text, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScriptUnreadable(f"not a JSON list of faults: {error}") from error
    faults, wrong = [], []
    for number, raw in enumerate(listed, start=1):
        try:
            faults.append(_parse(raw))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            wrong.append(f"fault {number}: {error}")
    if wrong:
        raise ScriptUnreadable("\n".join(wrong))
    return faults


def _parse(raw: msgspec.Raw) -> Fault:
    name = msgspec.json.decode(raw, type=_Named).kind
    kind = KINDS.get(name)
    if kind is None:
        raise msgspec.ValidationError(f"unknown kind {name!r}; known are {', '.join(KINDS)}")
    return msgspec.json.decode(raw, type=kind)


def read_script(path: Path) -> list[Fault]:
    """The faults of a UTF-8 JSON file. Raises ScriptUnreadable when it cannot be read or used."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ScriptUnreadable(f"{path}: {error.strerror}") from error
    try:
        return parse_script(text)
    except ScriptUnreadable as error:
        raise ScriptUnreadable(f"{path}: {error}") from error


class _Entry:
    """A fault of the script, and what came of it."""

    def __init__(self, fault: Fault, position: int) -> None:
        self.fault = fault
        self.met = 0
        self.fired = 0
        self._position = position
        self._asked: Counter[str] = Counter()

    def fires(self, call: Call) -> bool:
        """Whether this call is hit; counts it."""
        fault = self.fault
        if (fault.times is not None and self.fired >= fault.times) or not fault.fits(call):
            return False
        self.met += 1
        if self.met <= fault.after or not self._drawn(call):
            return False
        self.fired += 1
        return True

    def _drawn(self, call: Call) -> bool:
        """Whether the share falls on this call.

        Drawn from the seed, the call and how often it was made, not from one sequence for all: so the
        same calls are hit in whatever order a client with many in flight happens to make them.
        """
        share = self.fault.share
        if share == 1:
            return True
        asked = f"{call.method} {sorted(call.parameters.items())}"
        self._asked[asked] += 1
        drawn = f"{self.fault.seed} {self._position} {self._asked[asked]} {asked}".encode(
            errors="surrogatepass"
        )
        return int.from_bytes(blake2b(drawn, digest_size=6).digest()) < share * 2**48


class Script:
    """The faults in force. A call is hit by the first that fires; those below it do not meet it."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self.replace(faults)

    def replace(self, faults: Sequence[Fault]) -> None:
        """Forgets the faults there were, and what was counted."""
        self._entries = [_Entry(fault, position) for position, fault in enumerate(faults)]

    def __bool__(self) -> bool:
        return bool(self._entries)

    def fault_for(self, call: Call) -> Fault | None:
        """The fault that hits this call, if any; asking counts as a call."""
        for entry in self._entries:
            if entry.fires(call):
                return entry.fault
        return None

    def report(self) -> dict[str, object]:
        """Each fault as the script has it, how many calls it met and how many of them it hit."""
        return {"faults": [{"fault": e.fault, "met": e.met, "fired": e.fired} for e in self._entries]}
