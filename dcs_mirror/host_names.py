"""Whether a machine can have a name: libraries fail in ways of their own if it cannot."""

LONGEST = 253
LONGEST_PART = 63
"""Letters of a name and of one part of it, as DNS has them."""


def check(host: str) -> None:
    """Raise unless a host may be looked up; "" stands for none.

    Raises:
        ValueError: if the name or a part of it is too long, or a part is empty, as of ``db..example.org``.
    """
    try:
        # As Python writes a name before it looks it up; letters of ASCII stay as they are.
        written = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        written = "."
    name = written.removesuffix(".")
    if host and (len(name) > LONGEST or not all(0 < len(part) <= LONGEST_PART for part in name.split("."))):
        raise ValueError(
            f"a host's name has at most {LONGEST} letters, and each of its parts 1 to {LONGEST_PART}"
        )
