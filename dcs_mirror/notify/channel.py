"""A way to a recipient: sends one message, once."""

from typing import Protocol

from dcs_mirror.notify.found import Entered


class NotTaken(Exception):
    """A recipient did not take a message.

    Args:
        why: one line without secrets.
        may_pass: whether it makes sense to try again soon.
    """

    def __init__(self, why: str, *, may_pass: bool = True) -> None:
        super().__init__(why)
        self.may_pass = may_pass


class Channel(Protocol):
    """A way to one recipient."""

    async def send(self, message: Entered) -> None:
        """Send a message.

        Raises:
            NotTaken: if the recipient did not take it, or may not have.
        """
