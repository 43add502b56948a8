"""How hard upstream may be asked, decided from how it answers (W2, W3)."""

from hypothesis import given
from hypothesis import strategies as st

from dcs_mirror.upstream.pacing import DEPOSIT, AdaptiveLimit, CircuitBreaker, Pause, RetryBudget

# How many requests may be in flight


def test_w3_the_limit_begins_at_the_setting_and_good_answers_do_not_raise_it() -> None:
    limit = AdaptiveLimit(16)
    for _ in range(100):
        limit.good(limit.sent())
    assert limit.present == 16


def test_w3_a_failure_halves_the_limit_and_never_below_one() -> None:
    limit = AdaptiveLimit(16)
    halved = []
    for _ in range(6):
        limit.suffering(limit.sent())
        halved.append(limit.present)
    assert halved == [8, 4, 2, 1, 1, 1]


def test_w3_only_a_failure_that_lowers_the_limit_is_told() -> None:
    limit = AdaptiveLimit(2)
    assert limit.suffering(limit.sent())
    assert not limit.suffering(limit.sent())


def test_w3_a_burst_of_failures_of_calls_sent_before_counts_once() -> None:
    limit = AdaptiveLimit(16)
    burst = [limit.sent() for _ in range(16)]
    assert [limit.suffering(number) for number in burst] == [True] + [False] * 15
    assert limit.present == 8
    assert limit.suffering(limit.sent())
    assert limit.present == 4


def test_w3_a_limits_worth_of_good_answers_regains_one_place() -> None:
    limit = AdaptiveLimit(16)
    limit.suffering(limit.sent())
    answers = 0
    regained: dict[int, int] = {}
    while limit.present < 16:
        limit.good(limit.sent())
        answers += 1
        regained.setdefault(limit.present, answers)
    assert regained[9] == 9
    assert all(0 <= regained[n + 1] - regained[n] - n <= 1 for n in range(9, 15))


def test_w3_good_answers_to_calls_sent_before_the_halving_regain_nothing() -> None:
    limit = AdaptiveLimit(4)
    early = [limit.sent() for _ in range(50)]
    limit.suffering(early[0])
    for number in early[1:]:
        limit.good(number)
    assert limit.present == 2


@given(st.integers(1, 1000), st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=200))
def test_w3_the_limit_stays_between_one_and_the_setting(width: int, answers: list[tuple[bool, int]]) -> None:
    limit = AdaptiveLimit(width)
    for good, age in answers:
        number = limit.sent() - age
        if good:
            limit.good(number)
        else:
            limit.suffering(number)
        assert 1 <= limit.present <= width


# Until when nobody may send


def test_w2_there_is_no_pause_until_one_is_asked_for() -> None:
    assert Pause().left(0.0) == 0


def test_w2_of_several_pauses_the_latest_end_counts() -> None:
    pause = Pause()
    for until in (110.0, 130.0, 120.0):
        pause.extend(until)
    assert pause.left(100.0) == 30
    assert pause.left(130.0) == pause.left(131.0) == 0


# What may be spent on asking again


def test_w3_the_budget_is_spent_and_then_refuses() -> None:
    budget = RetryBudget(3)
    assert [budget.withdraw() for _ in range(5)] == [True, True, True, False, False]
    assert budget.refused == 2


def test_w3_questions_that_are_answered_pay_for_retries() -> None:
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


def test_w3_only_failures_in_a_row_raise_a_doubt() -> None:
    circuit = CircuitBreaker(3)
    for _ in range(10):
        assert not circuit.failed()
        assert not circuit.failed()
        circuit.good()
    assert [circuit.failed() for _ in range(3)] == [False, False, True]


def test_w3_a_doubt_is_raised_once_until_it_is_settled() -> None:
    circuit = CircuitBreaker(2)
    assert [circuit.failed() for _ in range(5)] == [False, True, False, False, False]
    assert not circuit.settle(reached=True)
    assert [circuit.failed() for _ in range(2)] == [False, True]


def test_w3_upstream_is_down_where_it_was_not_reached() -> None:
    circuit = CircuitBreaker(1)
    circuit.failed()
    assert circuit.settle(reached=False)


def test_w3_upstream_is_not_down_where_another_call_was_answered_meanwhile() -> None:
    circuit = CircuitBreaker(2)
    circuit.failed()
    circuit.failed()
    circuit.good()
    circuit.failed()
    assert not circuit.settle(reached=False)
    assert circuit.failures == 0
