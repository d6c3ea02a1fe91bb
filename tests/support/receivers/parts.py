"""Parts of answers, good and bad, for scripts."""

from __future__ import annotations

import random
from typing import Final

STATUSES: Final = (200, 200, 200, 201, 202, 204, 301, 304, 400, 404, 408, 410, 429, 500, 503, 999)
INTERIM: Final = (
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    b"HTTP/1.1 102 Processing\n\n",
    b"HTTP/1.1 100 C\r\nContent-Length: 3\r\n\r\n",
    b"HTTP/1.1 190 C\r\nContent-Length: 93\r\n\r\n",
    b"HTTP/1.1 150 C\r\nTransfer-Encoding: chunked\r\n\r\n",
)
HEADERS: Final = (
    b"Connection: Keep-Alive\r\n",
    b"CONNECTION: close\r\n",
    b"Keep-Alive: timeout=5, max=100\r\n",
    b"Retry-After: 3\r\n",
    b"Server: Sch\xf6n\r\n",
    b"X Y: 1\r\n",
    b"X-Blank : 1\r\n",
    b"no colon\r\n",
    b"X-Folded: a\r\n b\r\n",
    b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
    b": nameless\r\n",
    b"X-Nul: \0\r\n",
    b"Content-Encoding: gzip\r\n",
    b"X-Bare: 1\n",
)
FRAMINGS: Final = (
    b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok",
    b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    b"Content-Length: 2, 2\r\n\r\nok",
    b"Content-Length : 2\r\nContent-Length: 60\r\n\r\nok",
    b"Content-Length: -2\r\n\r\nok",
    b"Content-Length: +2\r\n\r\nok",
    b"Content-Length: 0x2\r\n\r\nok",
    b"Content-Length: 2 2\r\n\r\nok",
    b"Content-Length: \r\n\r\nok",
    b"Content-Length: 99999999999999999999999999\r\n\r\nok",
    b"Content-Length: 1\r\n\r\nok",
    b"Content-Length: 3\r\n\r\nok",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
    b"Transfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked, gzip\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding : chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding:\r\n chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nok\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n",
    b'Transfer-Encoding: chunked\r\n\r\n2;a="\r\n"\r\nok\r\n0\r\n\r\n',
    b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nContent-Length: 9\r\n\r\n",
    b"\r\n\r\nHTTP/1.1 404 No\r\n\r\n",
    b"\r\nok",
)
FLOODS: Final = (
    (b"", b"\r\n"),
    (b"", b"HTTP/1.1 100 C\r\n\r\n"),
    (b"HTTP/1.1 100 C\r\nX Y: 1\r\n\r\n", b"HTTP/1.1 100 C\r\n\r\n"),
    (b"HTTP/1.1 ", b"2"),
    (b"HTTP/1.1 200 ", b"OK "),
    (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    (b"HTTP/1.1 200 OK\r\nX: ", b"\r"),
    (b"HTTP/1.1 200 OK\r\nX Y: ", b"\r"),
    (b"HTTP/1.1 200 OK\r\nX Y: ", b"\n "),
    (b"HTTP/1.1 200 OK\r\n\r\n", b"body"),
    (b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x=y;"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    (b"HTTP/1.1 204 No\r\n\r\n", b"\r\n"),
    (b"HTTP/1.1 101 S\r\n\r\n", b"\0"),
)
FOREIGN: Final = (
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff",  # HTTP/2
    b"\x15\x03\x03\0\x02\x02\x28",  # an alert of TLS
    b"<html><body>200 OK</body></html>\r\n\r\n",
    b"220 mail.example ESMTP\r\n\r\n",
    b"200 OK\r\n\r\n",
    b"ICY 200 OK\r\n\r\n",
    b"HTTP/1.1 200OK\r\n\r\n",
    b"HTTP/11 200 OK\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\0" * 1000,
    b"\xff" * 1000,
    b"\r\n" * 50,
    bytes(range(256)),
    b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n\0\1",
)
RAW: Final = (
    b"",  # the line ends without a goodbye
    b"\x15\x03\x03\0\x02\x02\x28",  # an alert that is not encrypted
    b"\x17\x03\x03\0\x10" + b"x" * 16,  # a record that cannot be decrypted
    b"\x17\x03\x03\xff\xff",  # one that is too long
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"\0" * 100,
)
_NASTY: Final = (b"", b"\r", b"\n", b"\r\n", b" ", b"\t", b"\0", b":", b"0", b"9", b"\xff", b",")


def status_line(dice: random.Random) -> bytes:
    version = dice.choice([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"http/1.1", b"HTTP/2"])
    reason = dice.choice([b" OK", b" ", b"", b" Sch\xc3\xb6n", b" " + b"very " * 50, b" \0"])
    return b"%b %d%b\r\n" % (version, dice.choice(STATUSES), reason)


def answer(dice: random.Random) -> bytes:
    """Make one that counts, well-formed or a little off the standard."""
    before = b"".join(dice.choices(INTERIM, k=dice.choice([0, 0, 0, 1, 3])))
    headers = b"".join(dice.choices(HEADERS, k=dice.choice([0, 0, 1, 2])))
    body = dice.randbytes(dice.choice([0, 2, 100, 5_000, 20_000]))
    match dice.choice(["length", "length", "chunked", "none"]):
        case "length":
            rest = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        case "chunked":
            middle = len(body) // 2
            chunks = [piece for piece in (body[:middle], body[middle:]) if piece]
            rest = b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(
                b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks
            )
            rest += dice.choice([b"0\r\n\r\n", b"0\r\nX-Trailer: 1\r\n\r\n"])
        case _:
            rest = b"\r\n" + body
    return before + status_line(dice) + headers + rest


def damage(dice: random.Random, said: bytes) -> bytes:
    """Change some bytes, most likely those of the head."""
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(min(len(said), 200) + 1)
        instead = dice.choice([*_NASTY, dice.randbytes(1)])
        said = said[:place] + instead + said[place + dice.randint(0, 2) :]
    return said


def patchwork(dice: random.Random) -> bytes:
    """Make something that begins like an answer."""
    rows = [*HEADERS, *INTERIM, *FRAMINGS, *_NASTY, b"\r\n", b"\r\n\r\n", b"0\r\n\r\n"]
    return status_line(dice) + b"".join(dice.choices(rows, k=dice.randint(1, 8)))


def badly_framed(dice: random.Random) -> bytes:
    headers = b"".join(dice.choices(HEADERS, k=dice.choice([0, 0, 1])))
    return status_line(dice) + headers + dice.choice(FRAMINGS)
