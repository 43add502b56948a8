"""One HTTP call that writes, sent once: taken, not taken, refused, or of unknown outcome (A6)."""

import ssl

import aiohttp
from yarl import URL

from dcs_mirror.errors import CallRefused, OutcomeUnknown, Retryable, SafeToResend
from dcs_mirror.upstream.http import bounded, method_of, origin, sent_once
from dcs_mirror.upstream.observer import Watched
from dcs_mirror.upstream.session import Session
from dcs_mirror.upstream.unreached import unreached, untrusted


async def send(session: Session, verb: str, url: URL) -> bytes:
    """Send a call that writes and return the body of its answer.

    Raises:
        SafeToResend: if it did not reach the DCS: no connection, HTTP 425 or 429, or a used-up quota.
        OutcomeUnknown: if its outcome is unknown.
        UpstreamError: if it was refused with an HTTP status.
    """
    with Watched(session.observer, method_of(url)):
        return await _send(session, verb, url)


async def _send(session: Session, verb: str, url: URL) -> bytes:
    seconds = session.timeout
    timeout = aiohttp.ClientTimeout(total=seconds, connect=seconds / 2)
    try:
        async with session.http.request(
            verb, url, allow_redirects=False, timeout=timeout, middlewares=(sent_once,), **session.options
        ) as response:
            if 200 <= response.status < 300:
                return await bounded(response)
            refusal = await session.error_of_status(response)
    except CallRefused as error:
        raise OutcomeUnknown(str(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise untrusted(url, error) from None
    except (
        aiohttp.ClientConnectorError,
        aiohttp.ClientHttpProxyError,  # the proxy made no connection
        aiohttp.ConnectionTimeoutError,
    ) as error:
        raise SafeToResend(unreached(url, error)) from None
    except TimeoutError:
        raise OutcomeUnknown(f"{origin(url)} gave no answer within {seconds:g} s") from None
    except (aiohttp.ClientError, OSError) as error:
        raise OutcomeUnknown(unreached(url, error)) from None
    if not isinstance(refusal, Retryable) and response.status != 303:
        raise refusal
    if isinstance(refusal, Retryable) and (refusal.throttled or response.status == 425):
        raise SafeToResend(str(refusal), retry_after=refusal.retry_after)
    raise OutcomeUnknown(str(refusal))
