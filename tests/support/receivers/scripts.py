"""What a hostile server does with one connection: made by chance, the same for the same number."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, TypeAlias

import attrs

from pulse_router.webhook.answers import AnswerReader, NotHttp
from tests.support.receivers import parts
from tests.support.receivers.oracle import expected_status


class End(Enum):
    """What becomes of the connection behind an answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    HALF_CLOSE = "half close"
    HANG = "hang"


@attrs.frozen
class Script:
    """What is said to one request.

    Attributes:
        kind: What it is an example of.
        pieces: What is sent, a piece after the other.
        end: What becomes of the connection then.
        pause_seconds: How long it waits between two pieces.
        flood: What is sent behind that, until nobody reads on.
        late: What is sent unasked, once the answer is over.
        raw: What comes over the line behind that, beside the encryption.
    """

    kind: str
    pieces: tuple[bytes, ...] = ()
    end: End = End.KEEP
    pause_seconds: float = 0.0
    flood: bytes = b""
    late: bytes = b""
    raw: bytes = b""

    @property
    def said(self) -> bytes:
        """What it says in all, a flood once."""
        return b"".join(self.pieces) + self.flood

    @property
    def hangs(self) -> bool:
        """Whether its client has to give up by the clock."""
        return self.end is End.HANG


Dice: TypeAlias = random.Random
BROKEN_ENDS: Final = (End.CLOSE, End.RESET, End.HALF_CLOSE)
ENDS: Final = (End.KEEP, End.KEEP, End.KEEP, *BROKEN_ENDS)
STEP_BYTES: Final = 256
EVIL: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"


def make_script(seed: int, number: int, *, encrypted: bool = False) -> Script:
    """Make the script of a number."""
    dice = random.Random(f"{seed} {number}")
    kinds = {**KINDS, **(ENCRYPTED_KINDS if encrypted else {})}
    [kind] = dice.choices(list(kinds), [weight for weight, _ in kinds.values()])
    script = kinds[kind][1](dice)
    if script.end is End.KEEP and expected_status(script.said) is None:
        script = attrs.evolve(script, end=End.CLOSE)  # or its client would wait by the clock
    if len(script.pieces) > 1 and _says_more_than_an_answer(script.said):
        # What comes a moment later comes beside the next request, and nobody could tell.
        script = attrs.evolve(script, pieces=(script.said,))
    return attrs.evolve(script, kind=kind)


def _says_more_than_an_answer(said: bytes) -> bool:
    """Tell whether an answer is over before all is said, as the reader sees it."""
    begun = _last_place_unread(said, 0, STEP_BYTES)
    return _last_place_unread(said, begun, 1) < len(said) - 1


def _last_place_unread(said: bytes, begin: int, step: int) -> int:
    """Find where the step begins in which an answer comes to its end; the last one otherwise."""
    reader = AnswerReader()
    place = begin
    try:
        if begin:
            reader.feed(said[:begin])
        for place in range(begin, len(said), step):
            reader.feed(said[place : place + step])
            if reader.is_whole:
                break
    except NotHttp:
        return len(said)
    return place


def cut(dice: Dice, said: bytes) -> tuple[bytes, ...]:
    """Cut what is said into a few pieces."""
    places = sorted(dice.randint(0, len(said)) for _ in range(dice.choice([0, 0, 1, 2, 4])))
    ends = [*places, len(said)]
    pieces = (said[start:end] for start, end in zip([0, *places], ends, strict=True))
    return tuple(piece for piece in pieces if piece)


def plain(dice: Dice) -> Script:
    said = parts.answer(dice)
    return Script("", cut(dice, said), dice.choice(ENDS), dice.choice([0, 0, 0, 0.001]))


def damaged(dice: Dice) -> Script:
    said = parts.damage(dice, parts.answer(dice))
    return Script("", cut(dice, said), dice.choice(ENDS))


def patchwork(dice: Dice) -> Script:
    return Script("", cut(dice, parts.patchwork(dice)), dice.choice(ENDS))


def framed_badly(dice: Dice) -> Script:
    return Script("", cut(dice, parts.badly_framed(dice)), dice.choice(ENDS))


def followed(dice: Dice) -> Script:
    """What must not be taken for the answer to the next request comes in one piece with this."""
    said = parts.answer(dice) + dice.choice([EVIL, EVIL[:20], b"x", b"\r\n", b"\0", b"\r\n" + EVIL])
    return Script("", (said,), dice.choice(ENDS))


def followed_late(dice: Dice) -> Script:
    """It comes when the answer has been taken, and before there is another request."""
    said = parts.answer(dice)
    while b" 408" in said:  # which is asked for again, so that nobody knows which of them is over
        said = parts.answer(dice)
    return Script("", (said,), late=dice.choice([EVIL, b"x", b"\r\n", EVIL[:9]]))


def truncated(dice: Dice) -> Script:
    said = parts.answer(dice)
    return Script("", (said[: dice.randrange(1, len(said))],), dice.choice(BROKEN_ENDS))


def nothing(dice: Dice) -> Script:
    return Script("", (), dice.choice(BROKEN_ENDS))


def huge(dice: Dice) -> Script:
    length = dice.choice([30_000, 60_000, 70_000, 200_000])
    value = dice.choice([b"x", b"\r", b" ", b"\xff"]) * length
    odd = dice.choice([b"", b"X Y: 1\r\n"])
    said = parts.status_line(dice) + odd + b"X-Huge: " + value + b"\r\nContent-Length: 0\r\n\r\n"
    return Script("", (said,), dice.choice(BROKEN_ENDS))


def endless(dice: Dice) -> Script:
    head, flood = dice.choice(parts.FLOODS)
    much = flood * (20_000 // len(flood))
    return Script("", (head + much,), End.CLOSE, flood=much)


def dripped(dice: Dice) -> Script:
    said = parts.answer(dice)[:300]
    return Script("", tuple(bytes([byte]) for byte in said), dice.choice(BROKEN_ENDS), 0.0005)


def hanging(dice: Dice) -> Script:
    said = parts.answer(dice)
    return Script("", cut(dice, said[: dice.randrange(len(said))]), End.HANG)


def foreign(dice: Dice) -> Script:
    return Script("", (dice.choice(parts.FOREIGN),), dice.choice(BROKEN_ENDS))


def beside_the_encryption(dice: Dice) -> Script:
    said = parts.answer(dice)
    raw = dice.choice(parts.RAW)
    return Script("", cut(dice, said[: dice.randrange(len(said))]), End.CLOSE, raw=raw)


KINDS: Final[Mapping[str, tuple[float, Callable[[Dice], Script]]]] = {
    "plain": (15, plain),
    "damaged": (22, damaged),
    "patchwork": (15, patchwork),
    "framed badly": (12, framed_badly),
    "followed": (8, followed),
    "followed late": (2, followed_late),
    "truncated": (8, truncated),
    "nothing": (4, nothing),
    "huge": (2, huge),
    "endless": (2, endless),
    "dripped": (3, dripped),
    "hanging": (0.5, hanging),
    "foreign": (4, foreign),
}
ENCRYPTED_KINDS: Final[Mapping[str, tuple[float, Callable[[Dice], Script]]]] = {
    "beside the encryption": (10, beside_the_encryption)
}
