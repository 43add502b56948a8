"""An emulated aXcelerate, a student record system: its records and the calls on them."""

from dcs_mirror.sandbox.axcelerate.calls import (
    CALLS,
    NO_SUCH_CALL,
    SIGNED_OUT,
    Answer,
    Asked,
    Tokens,
    call,
    parameters_of,
)
from dcs_mirror.sandbox.axcelerate.generate import RecordSizes, build_records
from dcs_mirror.sandbox.axcelerate.model import StudentRecords

__all__ = [
    "CALLS",
    "NO_SUCH_CALL",
    "SIGNED_OUT",
    "Answer",
    "Asked",
    "RecordSizes",
    "StudentRecords",
    "Tokens",
    "build_records",
    "call",
    "parameters_of",
]
