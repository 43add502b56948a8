"""What is shipped for operators fits the program: alerts, the dashboard, units, and Docker Compose."""

import configparser
import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from dcs_mirror.metrics.calls import CallMetrics
from dcs_mirror.metrics.mirror import FAMILIES
from dcs_mirror.settings import Settings
from dcs_mirror.web.service import STOP_SECONDS
from tests.acceptance.test_readme import COMMANDS, known
from tests.structure.sql_access import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
RULES = DEPLOY / "prometheus" / "dcs-mirror.rules.yml"
DASHBOARD = DEPLOY / "grafana" / "dcs-mirror.json"
OPERATING = (REPOSITORY / "docs" / "operating.md").read_text(encoding="utf-8")
SERVICE = (REPOSITORY / "docs" / "service.md").read_text(encoding="utf-8")
TAKEN = {f"DCS_{name.upper()}{end}" for name in Settings.model_fields for end in ("", "_FILE")}
UNITS = sorted((DEPLOY / "systemd").iterdir())


def exported() -> dict[str, str]:
    """The HELP text of every figure by its name, as the dashboard and the rules write it."""
    calls = CallMetrics(lambda: None)
    calls.sent("GetCourses", "answered", 0.1)
    text = calls.text().decode()
    told = dict(re.findall(r"^# HELP (dcs_mirror_\w+) (.+)$", text, re.MULTILINE))
    samples = set(re.findall(r"^(dcs_mirror_\w+)", text, re.MULTILINE))
    of_calls = {
        name: next(help_ for family, help_ in told.items() if name.startswith(family)) for name in samples
    }
    return of_calls | {f"dcs_mirror_{name}": family.told for name, family in FAMILIES.items()}


def expressions() -> list[str]:
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    found = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found + [target["expr"] for panel in panels for target in panel["targets"]]


def test_the_rules_and_the_dashboard_name_only_what_is_exported_and_everything_is_explained() -> None:
    named = {name for text in expressions() for name in re.findall(r"dcs_mirror_\w+", text)}
    told = exported()
    assert len(named) > 15
    assert named <= set(told), named - set(told)
    assert all(len(text) > 15 and text.endswith(".") for text in told.values())
    series = {name for name in told if not name.endswith(("_created", "_bucket", "_sum", "_count"))}
    missing = {name for name in series if f"`{name}`" not in OPERATING}
    assert missing == set(), "docs/operating.md does not explain them"


def test_every_label_in_the_rules_and_the_dashboard_is_one_of_the_figure() -> None:
    known_labels = {label for family in FAMILIES.values() for label in family.labels}
    known_labels |= {"method", "outcome", "le", "instance"}
    for text in expressions():
        grouped = re.findall(r"by \(([^)]*)\)", text)
        chosen = re.findall(r"\{([^}]*)\}", text)
        used = {label.strip() for group in grouped for label in group.split(",")}
        used |= {label for group in chosen for label in re.findall(r"(\w+)\s*[!=]", group)}
        assert used <= known_labels, text


def test_every_alert_is_explained_and_says_how_severe_it_is() -> None:
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        for rule in group["rules"]:
            assert f"`{rule['alert']}`" in OPERATING
            assert rule["labels"]["severity"] in {"critical", "warning", "info"}
            assert rule["annotations"]["summary"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_a_command_that_is_there_with_settings_that_are(unit: Path) -> None:
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    assert f"deploy/systemd/{unit.name}" in OPERATING + SERVICE
    if not parser.has_section("Service"):
        return
    program, *words = shlex.split(parser["Service"]["ExecStart"])
    assert program.endswith("/dcs-mirror")
    assert known(words)
    setting, _, value = parser["Service"]["Environment"].partition("=")
    assert setting.removeprefix("DCS_").lower() in Settings.model_fields
    name = setting.removeprefix("DCS_").lower()
    for number in range(1, 10):
        bound = value.replace("%i", str(number))
        assert getattr(Settings.model_validate({name: bound}), name) == bound


def test_compose_is_what_its_parser_and_the_program_know() -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    services = compose["services"]
    for name, service in services.items():
        for secret in service.get("secrets", []):
            assert secret in compose["secrets"], name
        for needed in service.get("depends_on", {}):
            assert needed in services, name
        if service.get("image") == "dcs-mirror":
            command = known([word.partition("=")[0] for word in service["command"]])
            assert command in COMMANDS
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
            assert "privileged" not in service
            assert service["security_opt"] == ["no-new-privileges:true"]
        for setting in service.get("environment", {}):
            known_here = setting.startswith("POSTGRES_") or setting in TAKEN
            assert known_here, f"{name}: {setting}"
    workers = [service for name, service in services.items() if name.startswith("worker-")]
    assert len(workers) == 2
    for worker in workers:
        assert worker["profiles"] == ["workers"]
        assert worker["restart"] == "unless-stopped"
        port = worker["environment"]["DCS_METRICS_BIND"].rpartition(":")[2]
        assert f":{port}/healthz" in worker["healthcheck"]["test"][-1]
        compile(worker["healthcheck"]["test"][-1], "healthcheck", "exec")


def test_the_service_of_compose_is_open_to_this_machine_only_and_cannot_sync() -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    serve = compose["services"]["serve"]
    assert serve["profiles"] == ["serve"]
    assert serve["restart"] == "unless-stopped"
    assert serve["secrets"] == ["serve_url"]
    assert "DCS_API_USERNAME_FILE" not in serve["environment"]
    port = serve["environment"]["DCS_BIND"].rpartition(":")[2]
    (published,) = serve["ports"]
    assert published.startswith("127.0.0.1:")
    assert published.endswith(f":{port}")
    assert f":{port}/healthz" in serve["healthcheck"]["test"][-1]
    compile(serve["healthcheck"]["test"][-1], "healthcheck", "exec")
    seconds = int(serve["stop_grace_period"].removesuffix("s"))
    assert seconds >= 3 * STOP_SECONDS
