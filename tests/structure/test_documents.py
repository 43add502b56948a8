"""The generated pages are what `make docs` would write."""

from docs import generate_pipeline, generate_rules


def test_the_page_on_the_pipeline_is_fresh() -> None:
    written = generate_pipeline.PAGE.read_text(encoding="utf-8")
    assert generate_pipeline.page() == written, "docs/pipeline.md is out of date: run `make docs`"


def test_the_rules_name_what_holds_them() -> None:
    written = generate_rules.PAGE.read_text(encoding="utf-8")
    assert generate_rules.page() == written, "docs/rules.md is out of date: run `make docs`"


def test_rules_in_the_name_of_a_test() -> None:
    assert generate_rules.named_rules("test_r4_an_item_is_looked_up") == ["R4"]
    assert generate_rules.named_rules("test_r1_to_r3_s1_all_of_them") == ["R1", "R2", "R3", "S1"]
    assert generate_rules.named_rules("test_a_course_of_2026") == []
