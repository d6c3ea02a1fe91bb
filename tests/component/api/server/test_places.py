"""Who holds a place, who makes room, and what a tenant's share is."""

from __future__ import annotations

import pytest

from pulse_router.api.server.crowd import Crowd
from pulse_router.api.server.places import STRANGER_SECONDS, NoPlace, Place, Places, TooManyOfTenant

ATTACKER = "203.0.113.7"
HONEST = "198.51.100.1"


class Hall:
    """Places under a clock that a test moves, and who had to end."""

    def __init__(self, most: int) -> None:
        self.now = 0.0
        self.ended: list[str] = []
        self.crowd = Crowd()
        self.places = Places(most, crowd=self.crowd, clock=lambda: self.now)

    def take(self, name: str, host: str = ATTACKER) -> Place:
        return self.places.take(host, lambda: self.ended.append(name))


def test_one_that_says_nothing_makes_room_at_once_the_oldest_first() -> None:
    hall = Hall(2)
    for name in "abcd":
        hall.take(name)
    assert (hall.ended, hall.places.taken) == (["a", "b"], 2)
    assert hall.crowd.made_room == 2


def test_the_address_that_holds_most_makes_room_for_others() -> None:
    hall = Hall(3)
    hall.take("honest", HONEST)
    for name in "abc":
        hall.take(name)
    hall.take("honest too", "192.0.2.1")
    assert hall.ended == ["a", "b"]


def test_addresses_of_one_network_are_one() -> None:
    hall = Hall(3)
    hall.take("honest", HONEST)
    for number in range(5):
        hall.take(str(number), f"2001:db8::{number}")
    hall.take("mapped", f"::ffff:{HONEST}")
    assert hall.ended == ["0", "1", "2", "3"]


def test_who_waits_between_requests_makes_room_before_who_is_answered() -> None:
    hall = Hall(2)
    asked, idle = hall.take("asked"), hall.take("idle")
    asked.ask()
    idle.ask()
    idle.show("TENANT1")
    idle.wait()
    hall.take("new")
    assert hall.ended == ["idle"]


def test_a_request_without_a_token_makes_room_for_other_addresses_and_late_for_its_own() -> None:
    hall = Hall(1)
    hall.take("stranger").ask()
    with pytest.raises(NoPlace):
        hall.take("its own")
    hall.take("another", HONEST).ask()
    assert hall.ended == ["stranger"]
    hall.now += STRANGER_SECONDS
    hall.take("its own, later", HONEST)
    assert hall.ended == ["stranger", "another"]


def test_a_request_with_a_token_never_makes_room() -> None:
    hall = Hall(1)
    place = hall.take("customer")
    place.ask()
    place.show("TENANT1")
    with pytest.raises(NoPlace, match="Too many clients"):
        hall.take("another", HONEST)
    place.wait()
    place.ask()  # the next request, whose token is not looked at yet
    with pytest.raises(NoPlace):
        hall.take("another", HONEST)


def test_a_place_that_made_room_is_given_back_once() -> None:
    hall = Hall(1)
    gone = hall.take("gone")
    gone.ask()
    gone.wait()
    hall.take("new")
    gone.ask()
    gone.show("TENANT1")
    gone.leave()
    gone.leave()
    assert hall.places.taken == 1


def test_a_tenant_has_a_share_of_the_requests() -> None:
    hall = Hall(100)
    asking = [hall.take(str(number)) for number in range(26)]
    for place in asking[:25]:
        place.ask()
        place.show("TENANT1")
    with pytest.raises(TooManyOfTenant, match="At most 25 requests"):
        asking[25].show("TENANT1")
    asking[25].show("TENANT2")
    asking[0].wait()
    hall.take("again").show("TENANT1")


def test_streams_leave_places_to_requests_and_count_as_no_requests() -> None:
    hall = Hall(100)
    streams = [hall.take(str(number)) for number in range(75)]
    for place in streams:
        place.ask()
        place.stream()
        place.show("TENANT1")
    late = hall.take("late")
    with pytest.raises(NoPlace, match="At most 75 live streams"):
        late.stream()
    late.show("TENANT1")
    streams[0].leave()
    late.stream()
