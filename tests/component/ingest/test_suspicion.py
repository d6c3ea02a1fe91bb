"""Bad messages cost themselves only, whatever their share; what else is wrong is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import trio

from pulse_router.domain.errors import DataRefused
from pulse_router.domain.messages import IngestCommit, Message, Rejection
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.suspicion import MANY_MESSAGES, SEVERAL_BATCHES, SEVERAL_DEVICES
from tests.support.ingest.writer import WriterWorld
from tests.support.waiting import wait_until

REFUSED = DataRefused("invalid input syntax", sqlstate="22P02")
POISON = "poison"


def refuse_poison(message: Message) -> bool:
    return message.metrics == POISON


def refusing(is_refused: Callable[[Message], bool]) -> Callable[[IngestCommit], None]:
    """PostgreSQL that names no line."""

    def refuse(commit: IngestCommit) -> None:
        if any(is_refused(message) for message in commit.messages):
            raise REFUSED

    return refuse


def of_devices(batch: DecodedBatch, devices: int, metrics: str = POISON) -> DecodedBatch:
    """Let a batch be of so many devices, all of whose messages say the same."""
    for place, message in enumerate(batch.messages):
        device_id = f"DEV-{place % devices}"
        batch.messages[place] = message._replace(device_id=device_id, metrics=metrics)
    return batch


def world_refusing(is_refused: Callable[[Message], bool]) -> WriterWorld:
    world = WriterWorld()
    world.store.refuse = refusing(is_refused)
    return world


@pytest.mark.parametrize("good", [0, 1, 37])
@pytest.mark.parametrize("bad", [1, 2, 38, 3 * MANY_MESSAGES])
async def test_what_is_refused_is_set_aside_whatever_its_share(
    autojump_clock: trio.testing.MockClock, good: int, bad: int
) -> None:
    """Two bad messages of a batch of two held everything, for ever."""
    world = world_refusing(refuse_poison)
    poisoned = of_devices(world.batch(bad), bad)
    await world.write(world.batch(good), poisoned, world.batch(1))
    stored = [m for commit in world.store.commits.values() for m in commit.messages]
    assert [m.metrics for m in stored] == ["{}"] * (good + 1)
    assert sum(commit.counts.rejected for commit in world.store.commits.values()) == bad
    assert world.reports == []


@pytest.mark.parametrize("devices", [1, SEVERAL_DEVICES, 10 * SEVERAL_DEVICES])
async def test_no_flood_of_bad_messages_holds_what_is_good(
    autojump_clock: trio.testing.MockClock, devices: int
) -> None:
    """Nobody else speaks, and still the messages are to blame: what was stored would be again."""
    world = world_refusing(refuse_poison)
    flood = [of_devices(world.batch(40), devices) for _ in range(10)]
    await write_one_by_one(world, [*flood, world.batch(1)])
    assert sum(commit.counts.rejected for commit in world.store.commits.values()) == 400
    assert sum(commit.counts.stored for commit in world.store.commits.values()) == 1
    assert world.reports == []


async def test_when_all_is_refused_and_what_was_stored_too_it_is_held_and_said(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Somebody's trigger: no device can help it, and it will be mended."""
    world = world_refusing(lambda _message: len(world.store.commits) > 0)
    batches = [world.batch(1)] + [
        of_devices(world.batch(MANY_MESSAGES), SEVERAL_DEVICES, "{}")
        for _ in range(SEVERAL_BATCHES + 1)
    ]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(write_one_by_one, world, batches)
        await trio.sleep(30)
        assert len(world.store.commits) == 1 + SEVERAL_BATCHES - 1
        assert "what it has stored before as well" in (world.reports[-1] or "")
        world.store.refuse = refusing(lambda _message: False)
    stored = sum(commit.counts.stored for commit in world.store.commits.values())
    assert stored == 1 + 2 * MANY_MESSAGES
    assert world.reports[-1] is None


@pytest.mark.parametrize("named", [True, False])
async def test_a_rejection_that_is_refused_itself_is_kept_in_other_words(
    autojump_clock: trio.testing.MockClock, named: bool
) -> None:
    world = world_refusing(refuse_poison)
    batch = of_devices(world.batch(3), 3)
    for place, msg_type in enumerate(("a", "\N{CJK UNIFIED IDEOGRAPH-4E00}", "b")):
        batch.messages[place] = batch.messages[place]._replace(msg_type=msg_type)

    def refuse(rejections: Sequence[Rejection]) -> None:
        for line, rejection in enumerate(rejections, 1):
            if not rejection.topic.isascii():
                where = ("rejected_messages", line) if named else (None, None)
                raise DataRefused("no", sqlstate="22P05", relation=where[0], line=where[1])

    world.store.refuse_rejections = refuse
    await world.write(batch)
    [commit] = world.store.commits.values()
    assert [r.topic.rpartition("/")[2] for r in commit.rejections] == ["a", r"\u4e00", "b"]


async def write_one_by_one(world: WriterWorld, batches: Sequence[DecodedBatch]) -> None:
    """Write each batch as a commit of its own."""
    send, receive = trio.open_memory_channel[DecodedBatch](0)
    async with trio.open_nursery() as nursery:
        writer = world.writer()
        nursery.start_soon(writer.run, receive)
        with send:
            for batch in batches:
                written = len(world.acknowledged) + 1
                await send.send(batch)
                await wait_until(lambda: len(world.acknowledged) >= written)  # noqa: B023
