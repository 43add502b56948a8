"""The user's regular expression for codes, applied by another process, which is ended if it takes too long.

Some expressions take longer than the universe is old, and Python's cannot be interrupted.
"""

import json
import re
import sys
from collections.abc import Collection
from pathlib import Path

import anyio

from dcs_mirror.errors import SettingsError
from dcs_mirror.plain_text import counted

LIMIT = 10.0
"""Seconds for all codes of a source together."""

_PROGRAM = Path(__file__).with_name("match_codes.py")


def checked(pattern: str) -> str:
    """Return a regular expression that takes a code from a code.

    Raises:
        SettingsError: if it is not valid, or has several groups of which none is named ``code``.
    """
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise SettingsError(f"--code-pattern: is not a regular expression: {error}") from None
    if compiled.groups > 1 and "code" not in compiled.groupindex:
        raise SettingsError(
            f"--code-pattern: has {compiled.groups} groups: name the one with the code, (?P<code>...), and "
            "make the others (?:...)"
        )
    return pattern


async def extracted(pattern: str, codes: Collection[str]) -> dict[str, str | None]:
    """Return what a pattern takes from each code, from its beginning: its group, else all that it fits.

    None if it does not fit, or takes nothing.

    Args:
        pattern: a checked pattern.
        codes: the codes.

    Raises:
        SettingsError: if this takes too long.
    """
    given = sorted(codes)
    asked = json.dumps({"pattern": pattern, "codes": given}).encode()
    try:
        with anyio.fail_after(LIMIT):
            ended = await anyio.run_process(
                [sys.executable, "-I", "-S", str(_PROGRAM)], input=asked, check=False
            )
    except TimeoutError:
        raise SettingsError(
            f"--code-pattern: takes longer than {LIMIT:.0f} seconds for {counted(len(given), 'code')}; "
            "avoid repetitions within repetitions, such as (a+)+"
        ) from None
    except OSError as error:
        raise SettingsError(f"--code-pattern: cannot be applied: {error.strerror}") from None
    if ended.returncode != 0:
        raise SettingsError(f"--code-pattern: cannot be applied: its process ended with {ended.returncode}")
    return dict(zip(given, json.loads(ended.stdout), strict=True))
