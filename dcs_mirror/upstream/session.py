"""One HTTP session with the DCS: sends credentials with each call, maps failures to the mirror's errors."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import structlog
from multidict import CIMultiDict
from yarl import URL

from dcs_mirror.clock import Clock
from dcs_mirror.errors import Retryable, UpstreamError
from dcs_mirror.settings import Settings
from dcs_mirror.upstream import surroundings
from dcs_mirror.upstream.address import wrong_version
from dcs_mirror.upstream.envelope import error_in
from dcs_mirror.upstream.http import beginning, bounded, http_date, method_of, origin
from dcs_mirror.upstream.observer import NoObserver, Observer, Watched
from dcs_mirror.upstream.redaction import Redactor
from dcs_mirror.upstream.refusals import ADVICE, Refusal, error_of
from dcs_mirror.upstream.unreached import unreached, untrusted
from dcs_mirror.version import __version__

T = TypeVar("T")
log = structlog.get_logger()


class Session:
    """Sends each call at once and only once; limits and retries are the caller's business.

    ``options`` are what aiohttp needs for each request: the headers with the credentials. ``observer`` is
    told how each call ends.
    """

    def __init__(self, settings: Settings, clock: Clock, observer: Observer | None = None) -> None:
        self.timeout = settings.timeout
        self.observer = observer or NoObserver()
        self._settings = settings
        self._base = settings.api_url
        self._clock = clock
        self._http: aiohttp.ClientSession | None = None
        self._secrets = Redactor([], advice=ADVICE)
        self.options: Mapping[str, Any] = {}
        self._latest: tuple[Mapping[str, str], datetime] | None = None

    async def open(self) -> None:
        """Open the session.

        Raises:
            CredentialsMissing: if no credentials are set.
            SettingsError: if the proxy or the authorities that the environment names cannot be used.
        """
        username, password = self._settings.credentials()
        if wrong := wrong_version(self._base):
            log.warning(wrong)
        authorization = aiohttp.encode_basic_auth(username, password)
        secrets = [password, authorization.rpartition(" ")[2]]
        # Of any other mapping aiohttp makes such a one at each request.
        headers = CIMultiDict({"Authorization": authorization})
        if self._settings.api_subscription_key:
            key = self._settings.api_subscription_key.get_secret_value()
            headers["Ocp-Apim-Subscription-Key"] = key
            secrets.append(key)
        self._secrets = Redactor(secrets, advice=ADVICE)
        self.options = surroundings.request_options(self._base, headers)
        self._http = aiohttp.ClientSession(
            headers={"Accept": "application/json", "User-Agent": f"dcs-mirror/{__version__}"},
            timeout=aiohttp.ClientTimeout(total=self.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            **surroundings.session_options(self._base),
        )

    async def close(self) -> None:
        """Close its connections."""
        if self._http is not None:
            await self._http.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        """The aiohttp session.

        Raises:
            RuntimeError: if the session is not open.
        """
        if self._http is None:
            raise RuntimeError("DcsClient is used outside its context")
        return self._http

    @property
    def skew(self) -> timedelta | None:
        """How far upstream's clock was ahead of ``clock`` in the latest answer; None if unknown."""
        if self._latest is None:
            return None
        headers, seen = self._latest
        date = http_date(headers.get("Date", ""))
        return None if date is None else date - seen

    def address(self, method: str, query: Mapping[str, str]) -> URL:
        """The address of a call, every reserved character of its values percent-encoded (W7)."""
        encoded = "&".join([f"{name}={_quoted(value)}" for name, value in query.items()])
        return URL(f"{self._base}/{method}?{encoded}" if encoded else f"{self._base}/{method}", encoded=True)

    async def get(self, url: URL) -> bytes:
        """Send one GET request and return the body of its answer.

        Raises:
            UpstreamError: the subclass says how much of the work the failure ends (W2, W3).
        """
        with Watched(self.observer, method_of(url)):
            try:
                async with self.http.get(url, allow_redirects=False, **self.options) as response:
                    self._latest = response.headers, self._clock.now()
                    if response.status != 200:
                        raise await self.error_of_status(response)
                    return await bounded(response)
            except TimeoutError:
                message = f"{origin(url)} gave no answer within {self.timeout:g} s"
                raise Retryable(message, overloaded=True, unreachable=True) from None
            except ssl.SSLCertVerificationError as error:  # aiohttp's own error for it is a subclass
                raise untrusted(url, error) from None
            except (aiohttp.ClientError, OSError) as error:
                raise Retryable(unreached(url, error), unreachable=True) from None

    def read(self, read: Callable[[bytes], T], body: bytes) -> T:
        """Apply ``read`` to the body of an answer, without values that repeat the credentials.

        Raises:
            UpstreamError: as ``read`` does, with the credentials removed from its message.
        """
        try:
            return read(self._secrets.removed_from(body))
        except UpstreamError as error:
            self.observer.unusable()
            self._secrets.redact(error, body)
            raise

    async def error_of_status(self, response: aiohttp.ClientResponse) -> UpstreamError:
        """The error for an HTTP status other than 200, sent by a gateway or the DCS itself (W2, W3)."""
        body = await beginning(response)
        if response.status not in {401, 403, 408, 425, 429} and response.status < 500:
            error = error_in(body)
            if error is not None:
                self._secrets.redact(error, body)
                return error
        return error_of(
            Refusal.of(
                response.url,
                response.status,
                response.reason or "",
                response.headers,
                body,
                secrets=self._secrets,
                answered_at=self._clock.now(),
            )
        )


def _quoted(value: str) -> str:
    return value if value.isascii() and value.isalnum() else quote(value, safe="")
