"""Whether a machine can have a name: libraries fail in ways of their own if it cannot."""


def check(host: str) -> None:
    """Raise unless a host may be looked up.

    Raises:
        ValueError: if a part of its name is empty or too long, as of ``db..example.org``.
    """
    try:
        host.encode("idna")  # as Python does before each look-up
    except UnicodeError:
        raise ValueError("a part of the host's name is empty or longer than 63 letters") from None
