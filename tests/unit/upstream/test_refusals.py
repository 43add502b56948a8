"""What a refusal says stays whole, whatever words the gateway chose (W3)."""

import pytest
from yarl import URL

from dcs_mirror.clock import Clock
from dcs_mirror.errors import Forbidden
from dcs_mirror.upstream.redaction import Redactor
from dcs_mirror.upstream.refusals import ADVICE, Refusal, error_of


@pytest.mark.parametrize("words", ["Blocked; check your address", "Not now: the credentials or so", ""])
def test_w3_the_answer_to_one_call_is_told_whole_and_without_advice(words: str) -> None:
    refusal = Refusal.of(
        URL("https://dcs.example/v3/GetCourses"),
        403,
        "Forbidden",
        {},
        words.encode(),
        secrets=Redactor([], advice=ADVICE),
        answered_at=Clock().now(),
    )
    error = error_of(refusal)
    assert isinstance(error, Forbidden)
    assert ADVICE in str(error)
    told = f": {words!r}" if words else ""
    assert error.answered == f"https://dcs.example answered HTTP 403 Forbidden{told}"
