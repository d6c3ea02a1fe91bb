"""A machine with public addresses, in a network namespace; run as a script inside of one.

What webhooks to it, and to its neighbours, have become is its last line, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from ipaddress import ip_network

import trio

from pulse_router.webhook.guard import Address, NetworkGuard, Place
from pulse_router.webhook.neighbours import Neighbourhood
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import open_endpoint
from tests.support.delivery.webhooks import resolve_to

OWN_V4, OWN_V6 = "93.184.1.1", "2a00:1::1"
SETUP = f"""
ip link set lo up
ip link add d0 type veth peer name d1
ip link set d0 up
ip link set d1 up
ip addr add {OWN_V4}/24 dev d0
ip -6 addr add {OWN_V6}/64 dev d0 nodad
ip route add default via 93.184.1.254
ip -6 route add default via 2a00:1::ff
ip -6 route add 2a00:5::/32 dev d0 proto static
ip -6 route add 2a00:6::/32 dev d0 proto ra
"""


def deaf(_address: Address) -> Place:
    raise OSError(97, "Address family not supported by protocol")


async def outcomes(networks: Sequence[str], *, is_deaf: bool) -> dict[str, str]:
    """Send to each address, and to names that lead there."""
    guard = NetworkGuard(map(ip_network, networks))
    near = Neighbourhood(deaf) if is_deaf else Neighbourhood()
    found: dict[str, str] = {}
    async with open_endpoint(host=OWN_V4) as v4, open_endpoint(host=OWN_V6) as v6:
        for address, port in {
            OWN_V4: v4.port,
            OWN_V6: v6.port,
            f"::ffff:{OWN_V4}": v4.port,
            f"64:ff9b::{OWN_V4}": v4.port,
            "93.184.1.7": 443,
            "2a00:1::7": 443,
            "2a00:6::1": 443,
        }.items():
            shown = f"[{address}]" if ":" in address else address
            for host in (shown, "name.example"):
                resolver = resolve_to(address)
                async with open_webhooks(guard, resolver=resolver, neighbourhood=near) as webhooks:
                    url = f"http://{host}:{port}/"
                    route = make_route(url=url, timeout_seconds=0.3)
                    outcome = await webhooks.deliver(make_delivery(), route, attempt=1)
                    found[f"{host} {address}"] = outcome.error or outcome.verdict.value
        found["heard"] = str(len(v4.requests) + len(v6.requests))
        found["connected"] = str(v4.connections + v6.connections)
    return found


if __name__ == "__main__":
    told = trio.run(lambda: outcomes(sys.argv[2:], is_deaf=sys.argv[1] == "deaf"))
    sys.stdout.write(json.dumps(told))
