"""Pacing: how hard to press upstream, decided from its answers (W2, W3)."""

from hypothesis import given
from hypothesis import strategies as st

from dcs_mirror.upstream.pacing import DEPOSIT, AdaptiveLimit, CircuitBreaker, Pause, RetryBudget

# How many requests may be in flight


def test_w3_the_limit_starts_at_the_setting_and_successes_do_not_raise_it() -> None:
    limit = AdaptiveLimit(16)
    for _ in range(100):
        limit.record_success(limit.record_sent())
    assert limit.current == 16


def test_w3_a_failure_halves_the_limit_and_never_below_one() -> None:
    limit = AdaptiveLimit(16)
    halved = []
    for _ in range(6):
        limit.record_overload(limit.record_sent())
        halved.append(limit.current)
    assert halved == [8, 4, 2, 1, 1, 1]


def test_w3_only_a_failure_that_lowers_the_limit_is_reported() -> None:
    limit = AdaptiveLimit(2)
    assert limit.record_overload(limit.record_sent())
    assert not limit.record_overload(limit.record_sent())


def test_w3_a_burst_of_failures_of_calls_sent_before_counts_once() -> None:
    limit = AdaptiveLimit(16)
    burst = [limit.record_sent() for _ in range(16)]
    assert [limit.record_overload(number) for number in burst] == [True] + [False] * 15
    assert limit.current == 8
    assert limit.record_overload(limit.record_sent())
    assert limit.current == 4


def test_w3_as_many_successes_as_the_limit_raise_it_by_one() -> None:
    limit = AdaptiveLimit(16)
    limit.record_overload(limit.record_sent())
    answers = 0
    regained: dict[int, int] = {}
    while limit.current < 16:
        limit.record_success(limit.record_sent())
        answers += 1
        regained.setdefault(limit.current, answers)
    assert regained[9] == 9
    assert all(0 <= regained[n + 1] - regained[n] - n <= 1 for n in range(9, 15))


def test_w3_successes_of_calls_sent_before_the_halving_do_not_raise_the_limit() -> None:
    limit = AdaptiveLimit(4)
    early = [limit.record_sent() for _ in range(50)]
    limit.record_overload(early[0])
    for number in early[1:]:
        limit.record_success(number)
    assert limit.current == 2


@given(st.integers(1, 1000), st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=200))
def test_w3_the_limit_stays_between_one_and_the_setting(width: int, answers: list[tuple[bool, int]]) -> None:
    limit = AdaptiveLimit(width)
    for good, age in answers:
        number = limit.record_sent() - age
        if good:
            limit.record_success(number)
        else:
            limit.record_overload(number)
        assert 1 <= limit.current <= width


# Until when no call may be sent


def test_w2_there_is_no_pause_until_upstream_asks_for_one() -> None:
    assert Pause().remaining(0.0) == 0


def test_w2_of_several_pauses_the_latest_end_counts() -> None:
    pause = Pause()
    for until in (110.0, 130.0, 120.0):
        pause.extend(until)
    assert pause.remaining(100.0) == 30
    assert pause.remaining(130.0) == pause.remaining(131.0) == 0


# How many retries a run may make


def test_w3_the_budget_is_spent_and_then_refuses() -> None:
    budget = RetryBudget(3)
    assert [budget.withdraw() for _ in range(5)] == [True, True, True, False, False]
    assert budget.refused == 2


def test_w3_answered_questions_pay_for_retries() -> None:
    budget = RetryBudget(1)
    budget.withdraw()
    for _ in range(round(1 / DEPOSIT)):
        assert not budget.withdraw()
        budget.deposit()
    assert budget.withdraw()


def test_w3_the_budget_never_holds_more_than_it_began_with() -> None:
    budget = RetryBudget(2)
    for _ in range(100):
        budget.deposit()
    assert [budget.withdraw() for _ in range(3)] == [True, True, False]


@given(st.integers(0, 100), st.lists(st.booleans(), max_size=500))
def test_w3_retries_are_no_more_than_the_size_and_a_fifth_of_the_answers(
    size: int, answered: list[bool]
) -> None:
    budget = RetryBudget(size)
    retries = 0
    for good in answered:
        if good:
            budget.deposit()
        else:
            retries += budget.withdraw()
    assert retries <= size + DEPOSIT * sum(answered)


# Whether upstream is down


def test_w3_only_failures_in_a_row_call_for_a_probe() -> None:
    circuit = CircuitBreaker(3)
    for _ in range(10):
        assert not circuit.record_failure()
        assert not circuit.record_failure()
        circuit.record_success()
    assert [circuit.record_failure() for _ in range(3)] == [False, False, True]


def test_w3_one_probe_at_a_time() -> None:
    circuit = CircuitBreaker(2)
    assert [circuit.record_failure() for _ in range(5)] == [False, True, False, False, False]
    assert not circuit.finish_probe(reached=True)
    assert [circuit.record_failure() for _ in range(2)] == [False, True]


def test_w3_upstream_is_down_if_the_probe_did_not_reach_it() -> None:
    circuit = CircuitBreaker(1)
    circuit.record_failure()
    assert circuit.finish_probe(reached=False)


def test_w3_upstream_is_not_down_if_another_call_was_answered_during_the_probe() -> None:
    circuit = CircuitBreaker(2)
    circuit.record_failure()
    circuit.record_failure()
    circuit.record_success()
    circuit.record_failure()
    assert not circuit.finish_probe(reached=False)
    assert circuit.failures == 0
