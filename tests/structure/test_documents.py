"""The generated pages are what `make docs` would write."""

from docs import generate_pipeline


def test_the_page_on_the_pipeline_is_fresh() -> None:
    written = generate_pipeline.PAGE.read_text(encoding="utf-8")
    assert generate_pipeline.page() == written, "docs/pipeline.md is out of date: run `make docs`"
