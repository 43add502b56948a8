"""What can go wrong, one case each: every kind of scripted fault (docs/sandbox.md) in its variants."""

from collections.abc import Mapping
from dataclasses import dataclass

from dcs_mirror.upstream.http import LARGEST_BODY

Parameters = dict[str, object]
_NEVER = 3600  # seconds, far beyond any time-out here


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A variant of a kind of fault: what tells it from others of its kind, and its parameters."""

    kind: str
    variant: str
    parameters: Parameters

    @property
    def is_slow(self) -> bool:
        """Whether it ends by a time-out, or comes close to one."""
        return self.kind in {"hang", "slow-start", "drip"}


_REACHED: Mapping[str, Parameters] = {at: {"at": at} for at in ("start", "headers", "body")}

_VARIANTS: Mapping[str, Mapping[str, Parameters]] = {
    "status": {
        **{str(status): {"status": status} for status in (400, 401, 403, 404, 408, 429)},
        "404 in JSON": {"status": 404, "body": "json"},
        "429 with Retry-After": {"status": 429, "retry_after": 0},
        **{str(status): {"status": status} for status in (500, 501, 502, 503, 504)},
        "500 without a body": {"status": 500, "body": "none"},
        "502 in JSON": {"status": 502, "body": "json"},
        "503 with Retry-After": {"status": 503, "retry_after": 0, "retry_after_form": "date"},
        "503 with a Retry-After that is no time": {"status": 503, "retry_after": "soon"},
    },
    "error": {f"code {code}": {"code": code} for code in range(1, 8)},
    "redirect": {str(status): {"status": status} for status in (301, 302)},
    "slow-start": {"by milliseconds": {"seconds": 0.01}, "too slow": {"seconds": _NEVER}},
    "drip": {"for milliseconds": {"bytes": 1000, "every": 0.001}, "too slow": {"every": _NEVER}},
    "hang": _REACHED,
    "reset": _REACHED,
    "cut": {"at the start": {"keep": 0}, "in the middle": {}, "near the end": {"keep": 0.99}},
    "huge": {
        "1 MiB": {"bytes": 2**20},
        "more than 64 MiB": {"bytes": LARGEST_BODY + 1},
        "more than 64 MiB, unannounced": {"bytes": LARGEST_BODY + 1, "announced": False},
    },
    "gzip-plain": {"": {}},
    "gzip-cut": {"": {}},
    "gzip-bomb": {"of 1 MiB": {"bytes": 2**20}, "of more than 64 MiB": {"bytes": LARGEST_BODY + 1}},
    "half-json": {"half of it": {}, "none of it": {"keep": 0}},
    "wrong-total": {"too high": {"by": 1}, "too low": {"by": -1}},
    "empty": {"total 0": {}, "true total": {"total": "true"}},
    "duplicate": {"one": {"entries": 1}, "all": {}},
    "no-ids": {"one": {"entries": 1}, "all": {}},
    "wrong-numbers": {form: {"form": form} for form in ("digits", "words", "object")},
    "wrong-lists": {form: {"form": form} for form in ("null", "object", "first")},
    "nul": {"": {}},
    "invalid-utf8": {"": {}},
}

KINDS = frozenset(_VARIANTS)

CASES = [
    Case(kind, variant, parameters)
    for kind, variants in _VARIANTS.items()
    for variant, parameters in variants.items()
]
