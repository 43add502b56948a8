"""A script of faults: parses it, picks the fault for each call, and counts. No I/O but the file."""

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
# By name in a script.
KINDS: Mapping[str, type[Fault]] = {str(kind.__struct_config__.tag): kind for kind in _ALL}


class ScriptUnreadable(ValueError):
    """The script cannot be used; the message says why, one line for each invalid fault."""


class _Named(Struct):
    kind: str


def parse_script(text: bytes) -> list[Fault]:
    """Parse a JSON list of faults.

    Raises:
        ScriptUnreadable: if it is not JSON, or a fault in it is invalid.
    """
    try:
        listed = msgspec.json.decode(text, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScriptUnreadable(f"not a JSON list of faults: {error}") from error
    faults, problems = [], []
    for number, raw in enumerate(listed, start=1):
        try:
            faults.append(_parse(raw))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problems.append(f"fault {number}: {error}")
    if problems:
        raise ScriptUnreadable("\n".join(problems))
    return faults


def _parse(raw: msgspec.Raw) -> Fault:
    name = msgspec.json.decode(raw, type=_Named).kind
    kind = KINDS.get(name)
    if kind is None:
        raise msgspec.ValidationError(f"unknown kind {name!r}; known are {', '.join(KINDS)}")
    return msgspec.json.decode(raw, type=kind)


def read_script(path: Path) -> list[Fault]:
    """Parse a UTF-8 JSON file of faults.

    Raises:
        ScriptUnreadable: if it cannot be read, or is invalid.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ScriptUnreadable(f"{path}: {error.strerror}") from error
    try:
        return parse_script(text)
    except ScriptUnreadable as error:
        raise ScriptUnreadable(f"{path}: {error}") from error


class _Entry:
    """A fault of the script, with its counts."""

    def __init__(self, fault: Fault, position: int) -> None:
        self.fault = fault
        self.met = 0
        self.fired = 0
        self._position = position
        self._repeats: Counter[str] = Counter()

    def fires(self, call: Call) -> bool:
        """Whether the fault hits this call; counts the call."""
        fault = self.fault
        if (fault.times is not None and self.fired >= fault.times) or not fault.fits(call):
            return False
        self.met += 1
        if self.met <= fault.after or not self._is_in_share(call):
            return False
        self.fired += 1
        return True

    def _is_in_share(self, call: Call) -> bool:
        """Whether this call is in the share that is hit.

        Depends on the seed, the call and its repetitions, not on one random sequence for all calls: so the
        same calls are hit in whatever order a client with many in flight makes them.
        """
        share = self.fault.share
        if share == 1:
            return True
        identity = f"{call.method} {sorted(call.parameters.items())}"
        self._repeats[identity] += 1
        key = f"{self.fault.seed} {self._position} {self._repeats[identity]} {identity}"
        digest = blake2b(key.encode(errors="surrogatepass"), digest_size=6).digest()
        return int.from_bytes(digest) < share * 2**48


class Script:
    """The faults in force. The first that fires hits a call; later ones do not count that call."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        self.replace(faults)

    def replace(self, faults: Sequence[Fault]) -> None:
        """Replace all faults and reset their counts."""
        self._entries = [_Entry(fault, position) for position, fault in enumerate(faults)]

    def __bool__(self) -> bool:
        return bool(self._entries)

    def fault_for(self, call: Call) -> Fault | None:
        """The fault that hits this call, or None; counts the call."""
        for entry in self._entries:
            if entry.fires(call):
                return entry.fault
        return None

    def report(self) -> dict[str, object]:
        """Each fault as in the script, how many calls matched it and how many of these it hit."""
        return {"faults": [{"fault": e.fault, "met": e.met, "fired": e.fired} for e in self._entries]}
