"""An emulated Digital Content Store: a seeded world, the DCS API v3 over it, and endpoints to change it.

An emulated aXcelerate with the students of its courses is served on the same port.

It imports nothing of the mirror, so that clients of any kind can be tested against it.
"""

from dcs_mirror.sandbox.axcelerate import RecordSizes, StudentRecords, build_records
from dcs_mirror.sandbox.books import Book, BooksUnreadable, read_books
from dcs_mirror.sandbox.faults import ScriptUnreadable, parse_script, read_script
from dcs_mirror.sandbox.generate import Sizes, build_world
from dcs_mirror.sandbox.model import Spelling, World
from dcs_mirror.sandbox.server import DEFAULT_CREDENTIALS, Credentials, RunningSandbox, running_sandbox, serve

__all__ = [
    "DEFAULT_CREDENTIALS",
    "Book",
    "BooksUnreadable",
    "Credentials",
    "RecordSizes",
    "RunningSandbox",
    "ScriptUnreadable",
    "Sizes",
    "Spelling",
    "StudentRecords",
    "World",
    "build_records",
    "build_world",
    "parse_script",
    "read_books",
    "read_script",
    "running_sandbox",
    "serve",
]
