"""Requests that nobody should send: made from the description of the service, and beside it."""

import string
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks

FEW, MANY = 1, 400
"""Requests of each kind to each path; there are about fifty kinds."""
SECONDS = 20
VERBS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "X")
WORDS = [
    "hei",
    "code",
    "Request-ID",
    "after",
    "limit",
    "lang",
    "column",
    "IsBook",
    "Title",
    "Status",
    "Again",
    "CourseCode",
]
PARTS = [
    "v3",
    "dcs-course-content-urls",
    "GetCourses",
    "SubmitCourse",
    "AmendCourse",
    "go",
    "api",
    "changes",
    "links",
]
HEADERS = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Cache-Control",
    "Content-Encoding",
    "Content-Type",
    "Expect",
    "If-None-Match",
    "If-Modified-Since",
    "Range",
    "X-Forwarded-User",
    "X-HTTP-Method-Override",
]
VALUES = ["", "0", "-1", "9" * 30, "null", "\0", "%", "\u202e", "'", "../"]
SHORT = {"/v3/GetCourseContent", "/v3/AmendCourse", "/api/changes", "/links", "/go/{hei}/{id}"}
"""The paths of the short form."""
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]

_segments = st.lists(st.sampled_from(PARTS) | st.text(max_size=8), max_size=4)
_values = st.sampled_from(VALUES) | st.text(max_size=30)
_queries = st.lists(st.tuples(st.sampled_from(WORDS) | st.text(max_size=5), _values), max_size=8)
_headers = st.dictionaries(
    st.sampled_from(HEADERS),
    st.text(string.ascii_letters + string.digits + ' ,;="*/-\t', max_size=30).map(str.strip),
    max_size=3,
)


class Fuzzing:
    """Requests of one account; every answer is looked at.

    Args:
        address: of the service.
        credentials: of the account.
        hei_id: the institution that it sees.
        hidden: what it must not learn.
        examples: how many requests of each kind.
    """

    def __init__(
        self, address: str, credentials: tuple[str, str], hei_id: int, hidden: Sequence[str], examples: int
    ) -> None:
        self._address = address
        self._session = requests.Session()
        self._session.auth = credentials
        self._hei_id = hei_id
        self._hidden = hidden
        self._is_short = examples == FEW
        self._settings = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=self._is_short,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        self.sent = 0

    def as_described(self) -> None:
        """Send what the description allows, and what it does not, to each of its paths."""
        described = self._session.get(f"{self._address}/openapi.json", timeout=SECONDS).json()
        for found in schemathesis.openapi.from_dict(described).get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()
            own = {"hei": self._hei_id} if "hei" in str(operation.query) else {}
            if self._is_short and operation.path not in SHORT:
                continue
            for mode in MODES[: 1 if self._is_short else None]:
                self._send_cases(operation.as_strategy(generation_mode=mode), own)

    def _send_cases(self, cases: st.SearchStrategy[Case[Any]], own: dict[str, int]) -> None:
        @self._settings
        @given(cases, st.booleans())
        def send(case: Case[Any], is_own: object) -> None:
            if is_own:
                case.query = {**(case.query or {}), **own}
            response = case.call(
                base_url=self._address, session=self._session, allow_redirects=False, timeout=SECONDS
            )
            self._look(response)
            case.validate_response(response, checks=CHECKS)

        # A path without parameters has nothing that could be wrong.
        with suppress(Unsatisfiable):
            send()

    def beside_the_description(self) -> None:
        """Send what no description names."""

        @settings(self._settings, max_examples=20 * self._settings.max_examples)
        @given(st.sampled_from(VERBS), _segments, _queries, _headers, st.binary(max_size=40))
        def send(
            verb: str,
            segments: list[str],
            query: list[tuple[str, str]],
            headers: dict[str, str],
            body: bytes,
        ) -> None:
            path = "/".join(quote(each, safe="", errors="surrogatepass") for each in segments)
            asked = "&".join(f"{quote(name)}={quote(value)}" for name, value in query)
            response = self._session.request(
                verb,
                f"{self._address}/{path}?{asked}",
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=SECONDS,
            )
            self._look(response)

        send()

    def _look(self, response: Response | requests.Response) -> None:
        self.sent += 1
        assert response.status_code < 500, response.text
        assert "Traceback" not in response.text
        assert not [text for text in self._hidden if text in response.text]
