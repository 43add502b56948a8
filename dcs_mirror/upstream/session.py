"""One HTTP session with the DCS: credentials on each call, our errors for what comes instead of an answer."""

import email.utils
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from dcs_mirror import __version__
from dcs_mirror.clock import Clock
from dcs_mirror.errors import CallRefused, CredentialsRefused, Retryable, UpstreamError, UpstreamUnavailable
from dcs_mirror.settings import Settings
from dcs_mirror.upstream import wire
from dcs_mirror.upstream.http import bounded, origin, reason, retry_after
from dcs_mirror.upstream.redaction import Redactor

_ADVICE = "check DCS_API_USERNAME, DCS_API_PASSWORD and DCS_API_SUBSCRIPTION_KEY"

T = TypeVar("T")


class Session:
    """Calls at once and once each: who calls sees to limits and to asking again."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.timeout = settings.timeout
        self._settings = settings
        self._base = settings.api_url
        self._clock = clock
        self._http: aiohttp.ClientSession | None = None
        self._secrets = Redactor([], advice=_ADVICE)
        self._latest: tuple[Mapping[str, str], datetime] | None = None

    async def open(self) -> None:
        """Makes it ready for calls.

        Raises:
            CredentialsMissing: where none are set.
        """
        username, password = self._settings.credentials()
        authorization = aiohttp.encode_basic_auth(username, password)
        secrets = [password, authorization.rpartition(" ")[2]]
        headers = {
            "Authorization": authorization,
            "Accept": "application/json",
            "User-Agent": f"dcs-mirror/{__version__}",
        }
        if self._settings.api_subscription_key:
            key = self._settings.api_subscription_key.get_secret_value()
            headers["Ocp-Apim-Subscription-Key"] = key
            secrets.append(key)
        self._secrets = Redactor(secrets, advice=_ADVICE)
        self._http = aiohttp.ClientSession(
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=self.timeout),
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """Ends its connections."""
        if self._http is not None:
            await self._http.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        """What sends.

        Raises:
            RuntimeError: where it is not open.
        """
        if self._http is None:
            raise RuntimeError("DcsClient is used outside its context")
        return self._http

    @property
    def skew(self) -> timedelta | None:
        """How far upstream's clock was ahead of the given one in the latest answer; None if untold."""
        if self._latest is None:
            return None
        headers, seen = self._latest
        date = _date(headers.get("Date", ""))
        return None if date is None else date - seen

    def address(self, method: str, query: Mapping[str, str]) -> URL:
        """Where a method is called, every reserved character of a value percent-encoded (W7)."""
        encoded = "&".join([f"{name}={_quoted(value)}" for name, value in query.items()])
        return URL(f"{self._base}/{method}?{encoded}" if encoded else f"{self._base}/{method}", encoded=True)

    async def get(self, url: URL) -> bytes:
        """The body of the answer to a question, asked once.

        Raises:
            UpstreamError: the subclass that says what the failure ends (W2, W3).
        """
        try:
            async with self.http.get(url, allow_redirects=False) as response:
                self._latest = response.headers, self._clock.now()
                body = await bounded(response)
                if response.status != 200:
                    raise self.error_of_status(response, body)
                return body
        except TimeoutError:
            told = f"{origin(url)} gave no answer within {self.timeout:g} s"
            raise Retryable(told, suffering=True, down=True) from None
        except ssl.SSLCertVerificationError as error:  # aiohttp wraps it in a subclass
            raise untrusted(url, error) from None
        except aiohttp.ClientPayloadError as error:
            is_garbled = isinstance(error.__cause__, ContentEncodingError)
            told = "compressed its answer wrongly" if is_garbled else "broke off its answer"
            raise Retryable(f"{origin(url)} {told}", down=True) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Retryable(f"{origin(url)} cannot be reached: {reason(error)}", down=True) from None

    def read(self, read: Callable[[bytes], T], body: bytes) -> T:
        """What ``read`` makes of a body; an error in it brings no secret along.

        Raises:
            UpstreamError: as ``read`` does.
        """
        try:
            return read(body)
        except UpstreamError as error:
            self._secrets.silence(error, body)
            raise

    def error_of_status(self, response: aiohttp.ClientResponse, body: bytes) -> UpstreamError:
        """The error that an HTTP status other than 200 stands for: a gateway's, or the DCS's own (W2, W3)."""
        phrase = response.reason or ""
        said = "" if self._secrets.stand_in(phrase) else wire.printable(phrase)
        status = f"{origin(response.url)} answered HTTP {response.status} {said}".rstrip()
        if response.status in {401, 403}:
            return CredentialsRefused(
                f"{status}: the credentials or the subscription key are refused; {_ADVICE}"
            )
        if response.status in {408, 425, 429} or response.status >= 500:
            return Retryable(
                status,
                retry_after=retry_after(response.headers.get("Retry-After"), self._clock.now()),
                suffering=response.status in {408, 429, 503, 504},
                down=response.status >= 500,
            )
        error = wire.error_in(body)
        if error is None:
            return CallRefused(f"{status}; is DCS_API_URL right?")
        self._secrets.silence(error, body)
        return error


def untrusted(url: URL, error: ssl.SSLCertVerificationError) -> UpstreamUnavailable:
    """The error for a TLS certificate that this machine does not trust: it ends the run."""
    return UpstreamUnavailable(f"the TLS certificate of {origin(url)} is not trusted: {error}")


def _quoted(value: str) -> str:
    return value if value.isascii() and value.isalnum() else quote(value, safe="")


def _date(value: str) -> datetime | None:
    """An HTTP date, None where it is none."""
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
