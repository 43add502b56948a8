"""Signed webhooks: a POST of JSON that only who knows the secret can have sent."""

import hashlib
import hmac

import aiohttp

from dcs_mirror.errors import MirrorError
from dcs_mirror.notify.addresses import WEBHOOK
from dcs_mirror.notify.channel import NotTaken
from dcs_mirror.notify.found import Entered
from dcs_mirror.upstream import surroundings
from dcs_mirror.version import __version__

SIGNATURE = "X-Dcs-Mirror-Signature"
_MAY_PASS = {408, 425, 429}


def signature(secret: bytes, body: bytes) -> str:
    """Return the value of the header that signs ``body``."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


class Webhook:
    """A webhook; redirects are not followed, because they lead where nobody said that titles may be sent.

    Args:
        url: its address, ``webhook+https://…``.
        secret: what signs the bodies.
        timeout: time limit for one POST, in seconds.
    """

    def __init__(self, url: str, secret: bytes, *, timeout: float) -> None:
        self._url = url[len(WEBHOOK) :]
        self._secret = secret
        self._timeout = timeout

    async def send(self, message: Entered) -> None:
        """Send a message.

        Raises:
            NotTaken: if it was not answered with 2xx.
        """
        body = message.body.encode()
        headers = {
            SIGNATURE: signature(self._secret, body),
            "X-Dcs-Mirror-Id": str(message.message_id),
            "Content-Type": "application/json",
            "User-Agent": f"dcs-mirror/{__version__}",
        }
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=aiohttp.ClientTimeout(total=self._timeout),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    **surroundings.session_options(self._url),
                ) as session,
                session.post(
                    self._url,
                    data=body,
                    allow_redirects=False,
                    **surroundings.request_options(self._url, headers),
                ) as response,
            ):
                status = response.status
        except TimeoutError:
            raise NotTaken(f"gave no answer within {self._timeout:g} s") from None
        except MirrorError as error:  # of the proxy or the certificates, which are named
            raise NotTaken(f"cannot be reached: {error}", may_pass=False) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # their texts may repeat the address
            raise NotTaken(f"cannot be reached: {_reason(error)}") from None
        if 300 <= status < 400:
            raise NotTaken(f"answered HTTP {status}: redirects are not followed", may_pass=False)
        if not 200 <= status < 300:
            raise NotTaken(f"answered HTTP {status}", may_pass=status >= 500 or status in _MAY_PASS)


def _reason(error: Exception) -> str:
    said = getattr(error, "strerror", None)
    return str(said) if said else type(error).__name__
