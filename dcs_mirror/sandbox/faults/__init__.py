"""Scripted faults: the sandbox misbehaves on request, reproducibly."""

from dcs_mirror.sandbox.faults.delivery import Sender
from dcs_mirror.sandbox.faults.fault import Call, Fault, Reply, TrueAnswer
from dcs_mirror.sandbox.faults.script import KINDS, Script, ScriptUnreadable, parse_script, read_script

__all__ = [
    "KINDS",
    "Call",
    "Fault",
    "Reply",
    "Script",
    "ScriptUnreadable",
    "Sender",
    "TrueAnswer",
    "parse_script",
    "read_script",
]
