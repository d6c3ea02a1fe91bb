"""What may be set of the web console, and of signing in there."""

from __future__ import annotations

import pytest

from pulse_router.settings import Settings, load_settings
from tests.support.settings import the_problem


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PULSE_CONSOLE_LABEL", "two\nlines"),
        ("PULSE_CONSOLE_LABEL", "x" * 61),
        ("PULSE_CONSOLE_COLOUR", "red"),
        ("PULSE_CONSOLE_COLOUR", "#fff"),
        ("PULSE_CONSOLE_ENABLED", "perhaps"),
        ("PULSE_AUTH_CONSOLE_CLIENT_ID", "two words"),
        ("PULSE_AUTH_CONSOLE_SCOPES", ""),
        ("PULSE_AUTH_CONSOLE_SCOPES", "open id"),
    ],
)
def test_what_no_page_could_show_or_no_issuer_understand_is_refused(
    variable: str, value: str
) -> None:
    assert "must be" in the_problem(**{variable: value})


def test_an_installation_has_a_name_and_a_colour() -> None:
    given = {"PULSE_CONSOLE_LABEL": "Plant 3", "PULSE_CONSOLE_COLOUR": "#B3261e"}
    console = load_settings(None, given).console
    assert (console.enabled, console.label, console.colour) == (True, "Plant 3", "#B3261e")
    assert Settings().console.label is None


def test_signing_in_needs_an_issuer_that_can_be_asked_where() -> None:
    client = {"PULSE_AUTH_CONSOLE_CLIENT_ID": "console"}
    assert "nobody can sign in without an issuer" in the_problem(**client)
    name = {"PULSE_AUTH_ISSUER": "plant", "PULSE_AUTH_JWKS_URL": "https://login.example.com/keys"}
    assert "nobody can sign in without an issuer" in the_problem(**client, **name)
    issuer = {"PULSE_AUTH_ISSUER": "https://login.example.com", "PULSE_AUTH_AUDIENCE": "pulse"}
    assert load_settings(None, client | issuer).auth.console_scopes == ("openid",)
    assert '"openid" must be among' in the_problem(PULSE_AUTH_CONSOLE_SCOPES="profile,email")
