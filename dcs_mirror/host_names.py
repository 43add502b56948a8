"""Whether a machine can have a name: libraries fail in ways of their own if it cannot."""

LONGEST_LABEL = 63
"""Letters of one part of a name, as DNS has it."""


def check(host: str) -> None:
    """Raise unless a host may be looked up; "" stands for none.

    Raises:
        ValueError: if a part of its name is empty or too long, as of ``db..example.org``.
    """
    parts = host.removesuffix(".").split(".")
    try:
        is_possible = not host or all(0 < len(part) <= LONGEST_LABEL for part in parts)
        if not host.isascii():
            host.encode("idna")  # as Python does before it looks a name up
    except UnicodeError:
        is_possible = False
    if not is_possible:
        raise ValueError(f"a part of the host's name is empty or longer than {LONGEST_LABEL} letters")
