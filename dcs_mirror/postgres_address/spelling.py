"""The two spellings of an address: ``postgresql://…`` and ``host=… dbname=…``."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

SCHEMES = ("postgresql://", "postgres://")

_ENCODE = "contains an @ after the host: percent-encode / ? # and @ in the password"
_NAME = re.compile(r"[a-z_]{1,40}")
_PAIR = re.compile(
    r"\s*(?P<name>[^\s=]*)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<plain>(?:[^\s'\\]|\\.)*))"
)


def parse(text: str) -> dict[str, str]:
    """Return the parameters of an address by their names, as libpq calls them; of repeated ones the last.

    Raises:
        ValueError: if it has neither spelling. The message has no part of it that may be secret.
    """
    text = text.strip()
    for scheme in SCHEMES:
        if text.startswith(scheme):
            return _with_alias(_of_url(text.removeprefix(scheme)))
    if "://" in text.partition("=")[0] or "=" not in text:
        raise ValueError("must start with postgresql://, or be pairs such as host=db.example.org dbname=dcs")
    return _with_alias(dict(_pairs(text)))


def _of_url(rest: str) -> dict[str, str]:
    before, at, after = rest.partition("@")
    if at and "/" not in before and "?" not in before:
        account, rest = before, after
    else:
        account = ""
    place, _, query = rest.partition("?")
    hosts, _, database = place.partition("/")
    if "@" in hosts + database:
        raise ValueError(_ENCODE)
    user, _, password = account.partition(":")
    found = {"user": user, "password": password, "dbname": database}
    parts = [_host_and_port(host) for host in hosts.split(",")]
    found["host"] = ",".join(host for host, _ in parts)
    found["port"] = ",".join(port for _, port in parts)
    parameters = {name: _decoded(value) for name, value in found.items() if value.strip(",")}
    return parameters | dict(_query(query))


def _host_and_port(text: str) -> tuple[str, str]:
    if text.startswith("["):
        host, closed, port = text[1:].partition("]")
        if not closed or not host or (port and not port.startswith(":")):
            raise ValueError("is not a valid address: an IPv6 address must be in brackets")
        return host, port[1:]
    host, _, port = text.partition(":")
    if ":" in port:
        raise ValueError("is not a valid address: an IPv6 address must be in brackets")
    return host, port


def _query(query: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, query.split("&")):
        name, equals, value = part.partition("=")
        name = _decoded(name)
        if not equals or not _NAME.fullmatch(name):
            raise ValueError(_ENCODE if "@" in query else "has a parameter without a name or without a value")
        yield name, _decoded(value)


def _decoded(text: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise ValueError("has a % without two hexadecimal digits: percent-encode % in the password as %25")
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("has percent-encoded bytes that are not UTF-8") from None
    if "\0" in decoded:
        raise ValueError("has a NUL character")
    return decoded


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while text[place:].strip():
        found = _PAIR.match(text, place)
        ends = found is not None and (found.end() == len(text) or text[found.end()].isspace())
        if found is None or not ends or not _NAME.fullmatch(found["name"]):
            raise ValueError(
                "is not a valid address: write name=value pairs, with '…' round values with blanks"
            )
        value = found["plain"] if found["quoted"] is None else found["quoted"]
        yield found["name"], re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        place = found.end()


def _with_alias(parameters: dict[str, str]) -> dict[str, str]:
    """Take ``ssl=true``, which other drivers know, for ``sslmode=require``, and ``ssl=MODE`` for the mode."""
    if "ssl" in parameters:
        mode = parameters.pop("ssl")
        parameters.setdefault("sslmode", "require" if mode.lower() == "true" else mode)
    return parameters
