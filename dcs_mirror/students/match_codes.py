"""Apply a regular expression to codes, as a program of its own: JSON in, JSON out."""

import json
import re
import sys


def main() -> None:
    """Read a pattern and codes from standard input; write what the pattern takes from each code, or null."""
    asked = json.load(sys.stdin.buffer)
    pattern = re.compile(asked["pattern"])
    group: str | int = "code" if "code" in pattern.groupindex else min(pattern.groups, 1)
    found = [pattern.match(code) for code in asked["codes"]]
    json.dump([((each[group] or "").strip() or None) if each else None for each in found], sys.stdout)


if __name__ == "__main__":
    main()
