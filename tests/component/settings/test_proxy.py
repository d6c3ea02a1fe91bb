"""The proxy of webhooks: how it is set, and that its password is nowhere shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulse_router.settings import load_settings
from tests.support.settings import problems, the_problem


@pytest.mark.parametrize(
    "address",
    ["http://proxy.example:3128", "http://10.0.0.1:80/", "http://[fd00::1]:8080"],
)
def test_it_is_a_host_and_a_port(address: str) -> None:
    assert load_settings(None, {"PULSE_DELIVERY_PROXY": address}).delivery.proxy == address


@pytest.mark.parametrize(
    "address",
    [
        "proxy.example:3128",
        "http://proxy.example",
        "https://proxy.example:3128",
        "socks5://proxy.example:1080",
        "http://proxy.example:99999",
        "http://proxy.example:3128/path",
        "http://proxy.example:3128?x",
        "http://:3128",
    ],
)
def test_what_is_none_is_refused(address: str) -> None:
    problem = the_problem(PULSE_DELIVERY_PROXY=address)
    assert problem.endswith(
        'must be the address of an HTTP proxy, like "http://proxy.example:3128"'
    )


def test_a_password_in_its_address_is_refused_and_not_repeated() -> None:
    problem = the_problem(PULSE_DELIVERY_PROXY="http://me:hush@proxy.example:3128")
    assert problem == (
        "delivery.proxy (from PULSE_DELIVERY_PROXY): must hold no user and password: they go into"
        " delivery.proxy_credentials"
    )


def test_its_credentials_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("router:hush:hush\n")
    file = tmp_path / "pulse-router.toml"
    file.write_text(
        '[delivery]\nproxy = "http://proxy.example:3128"\nproxy_credentials_file = "credentials"\n'
    )
    delivery = load_settings(file, {}).delivery
    assert delivery.proxy_credentials == "router:hush:hush"
    assert "hush" not in repr(delivery)


@pytest.mark.parametrize("credentials", ["hush", "hush\r\nX: y:z", "a:hush\x00"])
def test_credentials_of_another_form_are_refused_and_not_repeated(credentials: str) -> None:
    problem = the_problem(
        PULSE_DELIVERY_PROXY="http://proxy.example:3128",
        PULSE_DELIVERY_PROXY_CREDENTIALS=credentials,
    )
    assert problem.endswith("must be user:password, in one line")
    assert "hush" not in problem


def test_what_is_said_of_a_proxy_that_is_not_there_is_refused() -> None:
    found = problems(
        PULSE_DELIVERY_PROXY_CREDENTIALS="me:hush", PULSE_DELIVERY_PROXY_RESOLVES="true"
    )
    assert len(found) == 2
    assert all(problem.endswith("set delivery.proxy") for problem in found)
