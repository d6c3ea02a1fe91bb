"""Rules that are matched: what is put off is there when somebody wants it."""

from __future__ import annotations

import pytest
from quart.routing import QuartRule
from werkzeug.routing import Map, MapAdapter

from pulse_router.api.server.matching import MatchedRule


def bound(rule_class: type[QuartRule]) -> MapAdapter:
    paths = {"routes": "/api/routes", "route": "/api/routes/<route_id>"}
    return Map([rule_class(path, endpoint=name) for name, path in paths.items()]).bind("host")


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [("routes", {}), ("route", {"route_id": "7"}), ("route", {"route_id": "a é", "page": "2"})],
)
def test_the_urls_of_its_paths_are_those_of_any_rule(endpoint: str, values: dict[str, str]) -> None:
    url = bound(MatchedRule).build(endpoint, values)

    assert url == bound(QuartRule).build(endpoint, values)
    assert bound(MatchedRule).match(url.partition("?")[0])[0] == endpoint
