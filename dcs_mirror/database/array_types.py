"""Arrays of PostgreSQL's own types, told to the driver, which knows only ``text[]`` and ``oid[]`` by itself.

At the first array of another type the driver asks the server what that is. It does so in every connection,
and the question costs the server several times what connecting does. The answers are the same on every
server, because these types have fixed numbers.
"""

from collections.abc import Mapping
from typing import Any

# The numbers of a type and of its array, and what the server calls the type: pg_type.dat in its source.
_ARRAYS = (
    (16, 1000, "bool"),
    (17, 1001, "bytea"),
    (19, 1003, "name"),
    (20, 1016, "int8"),
    (21, 1005, "int2"),
    (23, 1007, "int4"),
    (1082, 1182, "date"),
    (1184, 1185, "timestamptz"),
    (1700, 1231, "numeric"),
    (3802, 3807, "jsonb"),
)

ARRAY_TYPES: tuple[Mapping[str, Any], ...] = tuple(
    {
        "oid": array,
        "ns": "pg_catalog",
        "name": f"_{name}",
        "kind": b"b",
        "basetype": None,
        "elemtype": element,
        "elemdelim": b",",
        "range_subtype": None,
        "attrtypoids": None,
        "attrnames": None,
    }
    for element, array, name in _ARRAYS
)
"""As rows of the driver's own question."""
