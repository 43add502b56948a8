"""The generated pages are what `make docs` would write; the changelog says each thing once."""

import re
from collections import Counter

from docs import generate_architecture, generate_pipeline, generate_rules
from tests.structure.sql_access import REPOSITORY


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


def test_the_map_has_the_layers_locks_and_owners_of_the_code() -> None:
    written = generate_architecture.PAGE.read_text(encoding="utf-8")
    assert generate_architecture.page() == written, "docs/architecture.md is out of date: run `make docs`"


def test_the_layers_are_all_packages_and_modules() -> None:
    entries = {file.stem for file in generate_architecture.PACKAGE.iterdir() if file.suffix == ".py"}
    entries |= {file.parent.name for file in generate_architecture.PACKAGE.glob("*/__init__.py")}
    assert {name for layer in generate_architecture.layers() for name in layer} == entries - {"__init__"}


def test_every_file_that_the_map_names_exists() -> None:
    page = generate_architecture.PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.[a-z]+)?|[a-z_]+\.(?:py|sql))`", page))
    roots = (generate_architecture.PACKAGE, REPOSITORY)
    assert {name for name in named if not any((root / name).exists() for root in roots)} == set()


def test_the_changelog_has_each_heading_and_each_entry_of_a_version_once() -> None:
    page = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in page.split("\n## ")[1:]:
        said = re.split(r"\n(?=### |- )|\n\n", version)[1:]
        assert len(said) > 1
        assert [text for text, times in Counter(said).items() if times > 1] == []
