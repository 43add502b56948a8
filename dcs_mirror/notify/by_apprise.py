"""The only module that knows Apprise, which reaches mail and many services. It is an extra, and it blocks."""

import asyncio
import contextlib
import importlib
import logging
import threading
import warnings
from typing import Any

from dcs_mirror.errors import SettingsError
from dcs_mirror.notify.addresses import Address
from dcs_mirror.notify.channel import NotTaken
from dcs_mirror.notify.found import Entered


class ByApprise:
    """An address of Apprise, such as ``mailto://…``.

    Args:
        address: the address.
        timeout: time limit for one message, in seconds.

    Raises:
        SettingsError: if Apprise is not installed, or does not know such an address.
    """

    def __init__(self, address: Address, *, timeout: float) -> None:
        apprise = _apprise()
        self._timeout = timeout
        self._text = apprise.NotifyFormat.TEXT
        self._target = apprise.Apprise()
        with warnings.catch_warnings():  # it imports its plug-ins now
            warnings.simplefilter("ignore", DeprecationWarning)
            is_known = self._target.add(address.url)
        if not is_known:
            raise SettingsError(
                f"DCS_NOTIFY_FILE: {address.shown} is no address that Apprise knows; a signed webhook begins "
                "with webhook+https://; nothing was sent"
            )

    async def send(self, message: Entered) -> None:
        """Send a message, in a thread that is left alone if it takes too long.

        Raises:
            NotTaken: if Apprise says that it could not be sent, or says nothing within the time limit.
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[bool] = loop.create_future()

        def end(is_sent: bool) -> None:
            if not ended.done():
                ended.set_result(is_sent)

        def work() -> None:
            try:
                is_sent = bool(
                    self._target.notify(title=message.title, body=message.plain, body_format=self._text)
                )
            except Exception:  # noqa: BLE001 - of any of a hundred plug-ins; its text may repeat the address
                is_sent = False
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(end, is_sent)

        threading.Thread(target=work, name="apprise", daemon=True).start()
        try:
            async with asyncio.timeout(self._timeout):
                is_sent = await ended
        except TimeoutError:
            raise NotTaken(f"gave no answer within {self._timeout:g} s") from None
        if not is_sent:
            raise NotTaken("refused it or cannot be reached; check the address and its password")


def _apprise() -> Any:
    try:
        apprise = importlib.import_module("apprise")
    except ImportError:
        raise SettingsError(
            "DCS_NOTIFY_FILE has addresses that need Apprise, which is not installed: "
            "pip install 'dcs-mirror[notify]'; nothing was sent"
        ) from None
    logger = logging.getLogger("apprise")  # its lines repeat addresses
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return apprise
