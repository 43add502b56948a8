"""What people copy, and what is therefore never broken at the end of a line."""

import re
from typing import Final

# A path in quotes as `shown_path` returns it, which has '"'"' for an apostrophe.
_PATH = r"""'/[^']*'(?:"'"'[^']*')*"""

PIECE: Final = re.compile(
    rf"[^\s`']*(?:`[^`]+`|(?<![^\s(]){_PATH})\S*|dcs-mirror [a-z-]+(?: (?:--[a-z-]+|\d+))*\S*|\S+"
)
"""A command in backticks, such a path, a call of the program, or a word."""
