"""What the demo prints: the commands to try, and one line for each request that the sink gets.

Knows words; does not know what runs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs

from pulse_router.cli.console import link_of
from pulse_router.embedded.simulator import SimulatedDevice

LINES_PER_SECOND = 20
HELD_LINES = 200


@attrs.frozen(kw_only=True)
class Welcome:
    """What is filled into the commands."""

    data: Path
    http_port: int
    mqtt_port: int
    sink_port: int | None
    customer_token: str = attrs.field(repr=False)
    operator_token: str = attrs.field(repr=False)
    device: SimulatedDevice
    simulation: str
    has_console: bool = True

    @property
    def http_url(self) -> str:
        """Where the API is."""
        return f"http://localhost:{self.http_port}"

    def _console(self) -> str:
        if not self.has_console:
            return "not built here; `make console` builds it"
        return link_of(self.http_url, self.customer_token)

    def text(self) -> str:
        """Where everything is, and what to type in a second shell."""
        http = self.http_url
        hook = hook_of(self.sink_port or 9999)
        sink = f"http://localhost:{self.sink_port}" if self.sink_port else "off (--no-sink)"
        patch = (
            f"curl -X PATCH {http}/customer/message-routes/1"
            ' -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
        )
        return f"""
  console       {self._console()}
  HTTP API      {http}    (/health, /ready, /metrics)
  MQTT broker   localhost:{self.mqtt_port}
  webhook sink  {sink}
  devices       {self.simulation}
  data, logs    {self.data}

Type in a second shell:

export TOKEN='{self.customer_token}'
export OPERATOR_TOKEN='{self.operator_token}'

# 1. Create a route: hot readings go to the sink.
curl -X POST {http}/customer/message-routes -H "Authorization: Bearer $TOKEN" \
-H "Content-Type: application/json" \
-d '{{"name":"Forward high-temp readings","topic_filter":"tenant/+/device/+/telemetry",\
"destination_type":"webhook","destination_config":{{"url":"{hook}","method":"POST"}},\
"payload_filter":{{"temperature":{{"$gt":80}}}},"is_enabled":true}}'

# 2. Publish a hot reading as a device; the sink shows it below.
mosquitto_pub -h localhost -p {self.mqtt_port} \
-t {self.device.topic} \
-m '{{"ts":"2026-02-16T00:00:00Z","site_id":"{self.device.site_id}",\
"provision_token":"{self.device.provision_token}","metrics":{{"temperature":90}}}}'

# 3. Let the route point to where nobody listens, and publish again (2): after five attempts, in
# half a minute or so (a dead endpoint is only probed), the message lies in the dead letters.
{patch} -d '{{"destination_config":{{"url":"http://localhost:9/hook","method":"POST"}}}}'
curl {http}/customer/dead-letter -H "Authorization: Bearer $TOKEN"

# 4. Mend the route's URL and replay the dead letter; it is number 1 in a new demo.
{patch} -d '{{"destination_config":{{"url":"{hook}","method":"POST"}}}}'
curl -X POST {http}/customer/dead-letter/1/replay -H "Authorization: Bearer $TOKEN"

# 5. Watch the telemetry live, with any WebSocket client:
echo "ws://localhost:{self.http_port}/api/v1/customer/telemetry/stream?token=$TOKEN"
"""


def hook_of(sink_port: int | None) -> str:
    """Give the address at which the sink takes webhooks."""
    return f"http://localhost:{sink_port}/hook"


@attrs.define(eq=False)
class Console:
    """Prints lines, holds those of the sink back until work begins, and keeps floods short.

    Args:
        write: Takes a line.
        now: The clock, in seconds.
    """

    write: Callable[[str], None]
    now: Callable[[], float]
    _held: list[str] | None = attrs.field(factory=list)
    _second: int = 0
    _lines: int = 0

    def say(self, line: str) -> None:
        """Print a line at once."""
        self.write(line)

    def tell(self, line: str) -> None:
        """Print a line about the work; in a flood only the first of each second."""
        if self._held is not None:
            if len(self._held) < HELD_LINES:
                self._held.append(line)
            return
        second = int(self.now())
        if second != self._second:
            skipped = self._lines - LINES_PER_SECOND
            self._second, self._lines = second, 0
            if skipped > 0:
                self.write(f"… and {skipped} more")
        self._lines += 1
        if self._lines <= LINES_PER_SECOND:
            self.write(line)

    def begin(self) -> None:
        """Work begins: print what was held back."""
        held, self._held = self._held or [], None
        for line in held:
            self.write(line)
