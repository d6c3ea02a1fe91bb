"""Who holds one of the server's places for connections, and who makes room when there is none left.

A place costs nothing to take, so what a stranger holds must be worth nothing: whoever waits for no
answer makes room at once, first those of the address that holds most. A tenant has a share of the
requests, and streams leave places to requests. It knows nothing of sockets, HTTP or tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from ipaddress import ip_address
from typing import Final

import trio

from pulse_router.api.server.crowd import Crowd
from pulse_router.domain.errors import PulseError

PLACE: Final = "place"
"""Where the application finds the connection's place, in the scope's state."""

STRANGER_SECONDS: Final = 1.0
"""How long a request without a token may be answered before it makes room for others of its own
address; for those of other addresses it makes room at once."""

_SHARE: Final = 4
_LEAST_SHARE: Final = 8
_IPV6_NETWORK_BITS: Final = 64


class NoPlace(PulseError):
    """There is no place for this now; the message says which bound is reached."""


class TooManyOfTenant(NoPlace):
    """A tenant has as many requests under way as it may."""


class State(IntEnum):
    """What a connection does; the less, the sooner it makes room."""

    WAITING_STRANGER = 0
    """It has not sent a whole request, or nothing but requests without a token."""

    WAITING = 1
    """It waits between requests, and had a token."""

    ANSWERED_STRANGER = 2
    """It is being answered, and had no token so far."""

    ANSWERED = 3
    """It is being answered, and has shown a token: it never makes room."""


class Place:
    """A connection's place.

    Args:
        places: Of which it is one.
        address: Where the client is: an IPv4 address, or the network of an IPv6 address.
        end: Ends the connection at once.

    Attributes:
        owner: The tenant that the last request was for, if for one.
    """

    def __init__(self, places: Places, address: str, end: Callable[[], None]) -> None:
        self._places = places
        self.address = address
        self.end = end
        self.state = State.WAITING_STRANGER
        self.since = 0.0
        self.owner: str | None = None
        self._is_known = False
        self._tenant_id: str | None = None
        self._is_stream = False

    def ask(self) -> None:
        """Note that a request is being answered."""
        self._places.move(self, State.ANSWERED if self._is_known else State.ANSWERED_STRANGER)

    def show(self, tenant_id: str | None) -> None:
        """Note that the request has a token, and for which tenant it is, if for one.

        Raises:
            TooManyOfTenant: The tenant has as many requests under way as it may.
        """
        self._is_known = True
        self.owner = tenant_id
        self._places.move(self, State.ANSWERED)
        if tenant_id is not None and self._tenant_id is None and not self._is_stream:
            self._places.count_request(tenant_id)
            self._tenant_id = tenant_id

    def stream(self) -> None:
        """Note that the request is a live stream, which counts as no request of its tenant.

        Raises:
            NoPlace: All places that streams may have are taken.
        """
        if not self._is_stream:
            self._places.count_stream()
            self._is_stream = True
            self._forget_request()

    def wait(self) -> None:
        """Note that the request was answered, or that nothing more is said to the client."""
        self._forget_request()
        self._forget_stream()
        self._places.move(self, State.WAITING if self._is_known else State.WAITING_STRANGER)

    def leave(self) -> None:
        """Give the place back; twice is once."""
        self._forget_request()
        self._forget_stream()
        self._places.remove(self)

    def _forget_request(self) -> None:
        if self._tenant_id is not None:
            self._places.forget_request(self._tenant_id)
            self._tenant_id = None

    def _forget_stream(self) -> None:
        if self._is_stream:
            self._places.forget_stream()
            self._is_stream = False


class Places:
    """Gives places.

    Args:
        most: How many there are.
        crowd: Where it is counted who makes room.
        clock: Gives the time, in seconds.
    """

    def __init__(
        self,
        most: int,
        *,
        crowd: Crowd | None = None,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self.most = most
        self._crowd = crowd or Crowd()
        self.most_requests_of_a_tenant = max(_LEAST_SHARE, most // _SHARE)
        self.most_streams = most - most // _SHARE
        self._clock = clock
        self._taken = 0
        self._lines: dict[State, dict[str, dict[Place, None]]] = {state: {} for state in State}
        self._requests: dict[str, int] = {}
        self._streams = 0

    @property
    def taken(self) -> int:
        """How many are taken."""
        return self._taken

    def take(self, host: str, end: Callable[[], None]) -> Place:
        """Take a place; where there is none, whoever waits for no answer makes room.

        Args:
            host: The client's IP address.
            end: Ends the connection at once; may be called until the place is left.

        Raises:
            NoPlace: Everybody is being answered.
        """
        address = _network(host)
        if self._taken >= self.most:
            self._make_room(address)
        place = Place(self, address, end)
        self._taken += 1
        self._line_up(place)
        return place

    def _make_room(self, address: str) -> None:
        for state in (State.WAITING_STRANGER, State.WAITING, State.ANSWERED_STRANGER):
            lines = self._lines[state]
            if not lines:
                continue
            line = max(lines.values(), key=len)
            oldest = next(iter(line))
            age = self._clock() - oldest.since
            if (
                state is State.ANSWERED_STRANGER
                and oldest.address == address
                and age < STRANGER_SECONDS
            ):
                continue
            self._crowd.made_room += 1
            oldest.leave()
            oldest.end()
            return
        raise NoPlace("Too many clients are connected; try again.")

    def move(self, place: Place, state: State) -> None:
        """Put a place among those of a state, as the one that came last, if it is still taken."""
        if self._take_out(place):
            place.state = state
            self._line_up(place)

    def remove(self, place: Place) -> None:
        """Take a place back, if it was not already."""
        if self._take_out(place):
            self._taken -= 1

    def count_request(self, tenant_id: str) -> None:
        """Count a request of a tenant.

        Raises:
            TooManyOfTenant: It has as many under way as it may.
        """
        count = self._requests.get(tenant_id, 0)
        if count >= self.most_requests_of_a_tenant:
            raise TooManyOfTenant(
                f"At most {self.most_requests_of_a_tenant} requests of a tenant are answered at"
                " once; try again."
            )
        self._requests[tenant_id] = count + 1

    def forget_request(self, tenant_id: str) -> None:
        """Count one less."""
        _count_down(self._requests, tenant_id)

    def count_stream(self) -> None:
        """Count a live stream.

        Raises:
            NoPlace: There are as many as may be.
        """
        if self._streams >= self.most_streams:
            raise NoPlace(f"At most {self.most_streams} live streams are open at once; try again.")
        self._streams += 1

    def forget_stream(self) -> None:
        """Count one less."""
        self._streams -= 1

    def _line_up(self, place: Place) -> None:
        place.since = self._clock()
        self._lines[place.state].setdefault(place.address, {})[place] = None

    def _take_out(self, place: Place) -> bool:
        lines = self._lines[place.state]
        line = lines.get(place.address, {})
        if place not in line:
            return False
        del line[place]
        if not line:
            del lines[place.address]
        return True


def _count_down(counts: dict[str, int], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]


def _network(host: str) -> str:
    """Give what one client has: an IPv4 address, or a whole network of IPv6 addresses."""
    address = ip_address(host.partition("%")[0])
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(int(address) >> _IPV6_NETWORK_BITS)
