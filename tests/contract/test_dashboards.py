"""Alert rules and dashboard load, ask for metrics that exist, and lead to a page that helps."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.desks import bench
from tests.unit.wiring.test_telemetry import fill, shown

ROOT = Path(__file__).resolve().parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "entry-risk.json"
OF_PROMETHEUS = {"instance", "job"}  # labels that the scrape adds


@cache
def samples() -> dict[str, set[str]]:
    """Return the labels of every sample that /metrics gives, by name."""
    found: dict[str, set[str]] = {}
    with bench() as at:
        text = shown(fill(at.models))
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load(ALERTS.read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return found


def expressions() -> Iterator[tuple[str, str]]:
    """Yield every expression with the alert or panel that it belongs to."""
    for rule in rules():
        yield rule["alert"], rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "5m")
            yield f"{panel['title']} {target['refId']}", expression.replace("$instance", ".*")


EXPRESSIONS = dict(expressions())


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_is_promql_over_metrics_and_labels_that_exist(name: str) -> None:
    expression = EXPRESSIONS[name]
    promql_parser.parse(expression)
    named = re.findall(r"(entry_risk_\w+)(?:\{([^}]*)\})?", expression)
    assert named
    for metric, matchers in named:
        assert metric in samples()
        labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
        assert labels <= samples()[metric] | OF_PROMETHEUS
    grouped = ",".join(re.findall(r"by \(([^)]*)\)", expression))
    known = set().union(*(samples()[metric] for metric, _ in named)) | OF_PROMETHEUS
    assert {each.strip() for each in grouped.split(",") if each.strip()} <= known


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["alert"].startswith("EntryRisk")
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.M)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)


def test_the_dashboard_has_panels_that_do_not_overlap_and_say_what_they_show() -> None:
    found = dashboard()
    assert found["uid"] == "entry-risk"
    taken: set[tuple[int, int]] = set()
    for panel in found["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        assert panel["title"]
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        taken |= cells
    assert len({panel["id"] for panel in found["panels"]}) == len(found["panels"])


def test_the_page_names_every_metric(repository: Path) -> None:
    page = (repository / "docs" / "observability.md").read_text()
    bare = {re.sub(r"_(bucket|sum|count|total)$", "", name) for name in samples()}
    assert {name for name in bare if f"`{name}" not in page} == set()
