"""Whatever a server says: no hang, no wrong verdict, no growth, and the next gets its own answer.

In short here, and in `make hostile` for as many answers as PULSE_HOSTILE_ANSWERS says.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from pulse_router.webhook import lines, pools
from tests.support.delivery.answers import read
from tests.support.endurance.seeds import seeded
from tests.support.endurance.soak import Vitals
from tests.support.receivers.hostile import face, open_hostile_server
from tests.support.receivers.oracle import expected_status
from tests.support.receivers.scripts import ENCRYPTED_KINDS, KINDS, make_script

IS_LONG = "PULSE_HOSTILE_ANSWERS" in os.environ
ANSWERS = int(os.environ.get("PULSE_HOSTILE_ANSWERS", "1500"))
MORE_MEGABYTES = 4
"""Forty bytes kept of each answer of a hundred thousand would be that."""
LONGEST_TURN_SECONDS = 0.25
"""Of processor: ten times what is seen; a head that was looked at anew for each byte took 14."""


async def test_no_hostile_answer_hangs_misleads_or_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "BODY_SECONDS", 0.05)
    with seeded(None if IS_LONG else 7) as seed:
        async with open_hostile_server(seed) as server:
            await face(server, range(1, ANSWERS // 4))
            before = Vitals.of(os.getpid())
            await face(server, range(ANSWERS // 4, ANSWERS * 5 // 8))
            monkeypatch.setattr(pools, "ALONE", 0)  # the others go out by the outbox
            await face(server, range(ANSWERS * 5 // 8, ANSWERS + 1))
            after = Vitals.of(os.getpid())
        findings = server.findings
        assert findings.faults == []
        assert set(findings.kinds) == {*KINDS, *ENCRYPTED_KINDS}
        assert findings.kinds.total() == ANSWERS
        assert findings.longest_turn_seconds < LONGEST_TURN_SECONDS
        assert after.files == before.files
        assert after.megabytes - before.megabytes < MORE_MEGABYTES


def test_the_reader_and_the_simple_reading_of_the_tests_agree() -> None:
    """Over bytes alone, so that there can be many."""
    statuses: Counter[int | None] = Counter()
    with seeded(None if IS_LONG else 11) as seed:
        for number in range(2 * ANSWERS):
            script = make_script(seed, number)
            found = read(script.said, ends=False)  # a head that is whole is not waited for
            status = None if isinstance(found, str) else found.status or None
            assert status == expected_status(script.said), script
            statuses[status] += 1
    assert min(statuses[None], statuses[200]) > ANSWERS // 5
