"""`check --connect` tells beforehand which webhooks lead where they may not go."""

from __future__ import annotations

import json

from tests.support.commands.router import World
from tests.support.commands.runs import SECRET, Run


def test_it_names_the_first_of_them_and_counts_the_others(run: Run, world: World) -> None:
    allowed = ["https://example.com/", "http://8.8.8.8:8080/", "https://10.0.0.1/"]
    refused = {
        "http://mail.example:25/x?token=hush": "port 25 is that of another protocol",
        "http://10.9.9.9/": "10.9.9.9 is a private address",
        "https://[::1]:8443/": "::1 is a loopback address",
    }
    for url in (*allowed, *refused):
        world.add_webhook(url)
    variables = {
        "PULSE_AUTH_SECRET": SECRET,
        "PULSE_DATABASE_URL": world.postgres.login_url(world.database),
        "PULSE_DELIVERY_ALLOW_NETWORKS": "10.0.0.0/24",
    }

    def warnings(**more: str) -> list[str]:
        report = json.loads(run("check", "--connect", "--json", **variables, **more).stdout)
        return [told for told in report["warnings"] if "webhook" in told]

    told = warnings()
    assert len(told) == len(refused)
    for warning, said in zip(told, refused.values(), strict=True):
        assert warning.startswith("the webhook of route ")
        assert said in warning
        assert "hush" not in warning
    for number in range(20):
        world.add_webhook(f"http://host{number}.example:25/")
    told = warnings()
    assert len(told) == 11
    assert told[-1] == "13 more webhooks lead where they may not go"
    told = warnings(PULSE_DELIVERY_ALLOW_PORTS="25")
    assert all("port 25" not in warning for warning in told)
    assert "port 443 is not among delivery.allow_ports" in told[0]
