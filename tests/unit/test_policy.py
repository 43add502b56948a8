"""When a reading is held: R7 and C3 at their boundaries."""

import pytest

from dcs_mirror.reconcile.policy import GUARDED_ROWS, Held, check_removals, check_year


def _removals(removals: int, live: int, *, share: float = 0.5, year_advanced: bool = False) -> None:
    check_removals(209, removals=removals, live=live, share=share, year_advanced=year_advanced)


def test_r7_a_year_that_goes_backwards_is_held_with_both_years() -> None:
    with pytest.raises(Held, match=r"^R7: .*2024-2025.*2025-2026"):
        check_year(209, "2025-2026", "2024-2025")


@pytest.mark.parametrize(
    ("stored", "incoming"),
    [
        ("2025-2026", "2025-2026"),
        ("2025-2026", "2026-2027"),
        ("2025-2026", "2029-2030"),
        (None, "2025-2026"),
        ("2025-2026", None),
        (None, None),
    ],
)
def test_r7_the_same_a_later_or_an_unknown_year_is_applied(stored: str | None, incoming: str | None) -> None:
    check_year(209, stored, incoming)


def test_c3_exactly_the_share_is_applied_and_one_more_is_held() -> None:
    _removals(50_000, 100_000)
    with pytest.raises(Held):
        _removals(50_001, 100_000)


def test_c3_twenty_rows_are_never_held_and_twenty_one_may_be() -> None:
    _removals(GUARDED_ROWS, GUARDED_ROWS)
    with pytest.raises(Held):
        _removals(GUARDED_ROWS + 1, GUARDED_ROWS + 1)


def test_c3_guards_from_twenty_rows() -> None:
    assert GUARDED_ROWS == 20


@pytest.mark.parametrize("percent", range(21, 101))
def test_c3_a_share_given_in_percent_is_met_exactly(percent: int) -> None:
    _removals(percent, 100, share=percent / 100)
    with pytest.raises(Held):
        _removals(percent + 1, 100, share=percent / 100)


def test_c3_an_advancing_year_may_leave_everything_behind() -> None:
    _removals(1000, 1000, year_advanced=True)


def test_c3_the_whole_may_go_where_the_guard_is_one_and_nothing_beyond_twenty_where_it_is_zero() -> None:
    _removals(1000, 1000, share=1.0)
    _removals(20, 100_000, share=0.0)
    with pytest.raises(Held):
        _removals(21, 100_000, share=0.0)


def test_c3_nothing_to_remove_is_applied_even_without_live_rows() -> None:
    _removals(0, 0, share=0.0)


def test_c3_the_error_tells_the_figures_and_the_command_that_accepts_them() -> None:
    with pytest.raises(Held) as held:
        _removals(700, 1000, share=0.25)
    message = str(held.value)
    for part in (
        "C3",
        "700",
        "1000",
        "0.25",
        "DCS_REMOVAL_GUARD",
        "dcs-mirror sync --hei 209 --accept-removals",
    ):
        assert part in message
    assert "\n" not in message
