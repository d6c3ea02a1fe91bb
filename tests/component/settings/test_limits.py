"""The bounds of tenants: how they are set, for all and for some, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulse_router import options
from pulse_router.domain.budgets import Budget
from pulse_router.settings import Settings, load_settings
from tests.support.settings import the_problem


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse-router.toml"


def test_what_is_not_set_is_as_the_domain_has_it() -> None:
    default, own = options.tenants_bounds(Settings())
    assert (default, own) == (Budget(), {})


def test_a_tenant_has_its_own_bounds_and_the_common_ones_where_it_has_none(file: Path) -> None:
    file.write_text(
        "[stream]\nmax_connections_per_tenant = 3\n[ingest]\ntenant_rate = 7\n"
        "[limits]\nroutes = 10\ndevices = 0\n"
        '[limits.tenants."acme.eu:1"]\nroutes = 5000\nstreams = 50\n'
        "[limits.tenants.slow]\nmessages_per_second = 0.5\n"
    )
    default, own = options.tenants_bounds(load_settings(file, {}))
    assert default == Budget(routes=10, devices=0, streams=3, messages_per_second=7)
    assert own == {
        "acme.eu:1": Budget(routes=5000, devices=0, streams=50, messages_per_second=7),
        "slow": Budget(routes=10, devices=0, streams=3, messages_per_second=0.5),
    }


def test_the_environment_has_them_in_a_line() -> None:
    line = "acme:routes=5000, plant:a:devices=7,acme:requests_per_second=0.5"
    settings = load_settings(None, {"PULSE_LIMITS_TENANTS": line, "PULSE_LIMITS_GROUPS": "4"})
    _, own = options.tenants_bounds(settings)
    assert own == {
        "acme": Budget(groups=4, routes=5000, requests_per_second=0.5),
        "plant:a": Budget(groups=4, devices=7),
    }


@pytest.mark.parametrize(
    "value",
    [
        "3",
        '"acme"',
        "{acme = 3}",
        "{acme = {routes = -1}}",
        "{acme = {routes = 1.5}}",
        "{acme = {routes = true}}",
        '{acme = {routes = "7"}}',
        "{acme = {route = 7}}",
        "{acme = {tenants = {}}}",
        "{acme = {requests_per_second = inf}}",
        "{acme = {requests_per_second = nan}}",
        '{"a/b" = {routes = 7}}',
    ],
)
def test_what_is_no_table_of_bounds_is_refused_with_what_is_allowed(file: Path, value: str) -> None:
    file.write_text(f"[limits]\ntenants = {value}\n")
    problem = the_problem(file)
    assert problem.startswith("limits.tenants = ")
    assert "must be a table for each tenant, like [limits.tenants.acme]" in problem


@pytest.mark.parametrize("line", ["acme", "acme:routes", "acme:routes=x", "routes=7", "acme:x=7"])
def test_a_line_of_another_form_is_refused(line: str) -> None:
    assert "PULSE_LIMITS_TENANTS" in the_problem(PULSE_LIMITS_TENANTS=line)
