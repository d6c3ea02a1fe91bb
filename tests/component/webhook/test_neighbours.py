"""Where addresses lie: asked seldom, never trusted to be well-formed, and told once when deaf."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

import attrs
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from pulse_router.webhook import neighbours
from pulse_router.webhook.guard import OTHER_PROTOCOLS, Address, NetworkGuard, Place
from pulse_router.webhook.neighbours import MAX_REMEMBERED, REMEMBERED_SECONDS, Neighbourhood

PUBLIC = ip_address("8.8.8.8")


@attrs.define
class System:
    """Answers as a test wants, by a clock of its own."""

    place: Place | None = Place.ELSEWHERE
    asked: list[Address] = attrs.field(factory=list)
    now: float = 0.0

    def ask(self, address: Address) -> Place:
        self.asked.append(address)
        if self.place is None:
            raise OSError(97, "Address family not supported by protocol")
        return self.place


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    structlog.reset_defaults()
    with capture_logs() as lines:
        yield lines


def test_the_system_is_asked_once_a_minute() -> None:
    system = System()
    near = Neighbourhood(system.ask, lambda: system.now)
    assert [near.place_of(PUBLIC) for _ in range(3)] == [Place.ELSEWHERE] * 3
    system.place = Place.HERE  # an address that the machine has got meanwhile
    system.now = REMEMBERED_SECONDS - 0.1
    assert near.place_of(PUBLIC) is Place.ELSEWHERE
    system.now = REMEMBERED_SECONDS
    assert near.place_of(PUBLIC) is Place.HERE
    assert system.asked == [PUBLIC, PUBLIC]


def test_what_is_remembered_is_bounded() -> None:
    system = System()
    near = Neighbourhood(system.ask, lambda: system.now)
    for number in range(MAX_REMEMBERED + 10):
        near.place_of(IPv4Address(number))
    asked = len(system.asked)
    near.place_of(IPv4Address(MAX_REMEMBERED + 9))
    assert len(system.asked) == asked
    near.place_of(IPv4Address(0))
    assert len(system.asked) == asked + 1


def test_a_system_that_does_not_say_is_told_of_once_and_asked_again(logged: list[Any]) -> None:
    system = System(place=None)
    near = Neighbourhood(system.ask, lambda: system.now)
    for number in range(5):
        assert near.place_of(IPv4Address(number)) is Place.ELSEWHERE
    [line] = logged
    assert line["log_level"] == "warning"
    assert "AF_NETLINK" in line["event"]
    system.place, system.now = Place.BESIDE, REMEMBERED_SECONDS
    assert near.place_of(IPv4Address(0)) is Place.BESIDE


@given(st.binary(max_size=200))
def test_whatever_the_system_answers_is_a_place_or_an_error(answer: bytes) -> None:
    with contextlib.suppress(OSError):
        assert neighbours._read(answer) in Place


# The guard ---------------------------------------------------------------------------------------


def test_every_form_of_an_address_is_judged_by_its_place() -> None:
    own = ip_address("93.184.1.1")

    def place_of(address: Address) -> Place:
        return Place.HERE if address == own else Place.ELSEWHERE

    guard = NetworkGuard()
    for text in ("93.184.1.1", "::ffff:93.184.1.1", "64:ff9b::93.184.1.1", "2002:5db8:101::1"):
        refusal = guard.refusal_of_place(ip_address(text), place_of)
        assert refusal == (
            f"{ip_address(text)} is this machine's own; the operator can open it by"
            " delivery.allow_networks"
        )
        opened = NetworkGuard([ip_network("93.184.1.0/24")])
        assert opened.refusal_of_place(ip_address(text), place_of) is None
    assert guard.refusal_of_place(ip_address("93.184.1.2"), place_of) is None


def test_the_nearest_place_is_what_is_told() -> None:
    places = iter([Place.BESIDE, Place.HERE])
    refusal = NetworkGuard().refusal_of_place(
        ip_address("64:ff9b::93.184.1.1"), lambda _form: next(places)
    )
    assert refusal is not None
    assert "own" in refusal


def test_a_connection_to_where_it_comes_from_is_refused() -> None:
    guard = NetworkGuard()
    assert guard.refusal_of_line(ip_address("2a00::1"), ip_address("2a00::1")) is not None
    assert guard.refusal_of_line(ip_address("2a00::1%eth0"), ip_address("2a00::1")) is not None
    assert guard.refusal_of_line(ip_address("2a00::1"), ip_address("2a00::2")) is None
    opened = NetworkGuard([ip_network("127.0.0.0/8")])
    for text in ("127.0.0.1", "::ffff:127.0.0.1"):
        assert opened.refusal_of_line(ip_address(text), ip_address(text)) is None


@pytest.mark.parametrize("port", [80, 443, 1024, 3000, 8080, 8443, 9000, 9443, 65535])
def test_ports_of_webhooks_are_open_unless_others_are_named(port: int) -> None:
    assert NetworkGuard().refusal_of_port(port) is None
    assert NetworkGuard(allow_ports=[port]).refusal_of_port(port) is None
    refusal = NetworkGuard(allow_ports=[1]).refusal_of_port(port)
    assert refusal is not None
    assert f"port {port} is not among delivery.allow_ports" in refusal


@pytest.mark.parametrize("port", sorted(OTHER_PROTOCOLS))
def test_ports_of_other_protocols_are_open_only_by_name(port: int) -> None:
    refusal = NetworkGuard().refusal_of_port(port)
    assert refusal is not None
    assert "that of another protocol" in refusal
    assert NetworkGuard(allow_ports=[443, port]).refusal_of_port(port) is None
    guard = NetworkGuard(allow_ports=[port])
    guard.allow_ports([])
    assert guard.refusal_of_port(port) is not None
