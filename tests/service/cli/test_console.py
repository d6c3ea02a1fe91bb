"""`pulse-router console`: a link that signs in, for this machine or for where the browser is."""

from __future__ import annotations

from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.support.commands.runs import SECRET, Run


def signed(link: str) -> tuple[str, dict[str, object]]:
    """Where a link leads, and what its token says."""
    address, token = link.strip().split("#token=")
    return address, dict(jwt.decode(token, OctKey.import_key(SECRET)).claims)


@pytest.mark.parametrize(
    ("bind", "address"),
    [
        ("0.0.0.0:8080", "http://localhost:8080/console"),
        ("[::]:8081", "http://localhost:8081/console"),
        ("192.168.1.7:80", "http://192.168.1.7:80/console"),
        ("[fe80::1]:8080", "http://[fe80::1]:8080/console"),
        ("edge.example:8080", "http://edge.example:8080/console"),
    ],
)
def test_the_link_leads_to_where_the_router_listens(run: Run, bind: str, address: str) -> None:
    told = run("console", "--tenant", "T1", PULSE_AUTH_SECRET=SECRET, PULSE_HTTP_BIND=bind)
    assert (told.returncode, told.stderr) == (0, "")
    where, claims = signed(told.stdout)
    assert where == address
    assert claims["tenant_id"] == "T1"
    assert claims["realm_access"] == {"roles": ["customer_admin"]}


def test_who_names_no_tenant_signs_in_as_an_operator(run: Run) -> None:
    given = ["--url", "https://plant.example/pulse/", "--expires", "1h"]
    told = run("console", *given, PULSE_AUTH_SECRET=SECRET)
    where, claims = signed(told.stdout)
    assert where == "https://plant.example/pulse/console"
    assert "tenant_id" not in claims
    assert claims["realm_access"] == {"roles": ["operator-admin"]}


def test_a_viewer_is_asked_for_by_role(run: Run) -> None:
    asked = ["console", "--tenant", "T1", "--role", "customer_viewer"]
    _, claims = signed(run(*asked, PULSE_AUTH_SECRET=SECRET).stdout)
    assert claims["realm_access"] == {"roles": ["customer_viewer"]}


@pytest.mark.parametrize(
    ("arguments", "environment", "problem"),
    [
        (["--role", "customer"], {}, "the role customer needs --tenant"),
        (["--url", "ftp://x"], {}, "must be the router's address"),
        (["--config", "a", "--data", "b"], {}, "not both"),
        ([], {"PULSE_CONSOLE_ENABLED": "false"}, "console.enabled is false"),
        ([], {"PULSE_AUTH_SECRET": ""}, "auth.secret is not set"),
    ],
)
def test_what_leads_to_no_link_is_said(
    run: Run, tmp_path: Path, arguments: list[str], environment: dict[str, str], problem: str
) -> None:
    told = run("console", *arguments, **{"PULSE_AUTH_SECRET": SECRET, **environment})
    assert (told.returncode, told.stdout) == (2, "")
    assert problem in told.stderr
    assert SECRET not in told.stderr
