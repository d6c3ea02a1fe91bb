"""Says why a webhook's signature does not verify, in the words of the mistake.

Pure: keys and time are given, and neither a key nor a code that was expected is in what it says.
Codes are compared in constant time.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from pulse_router.domain.secrets.signatures import Mac, SigningKey

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
OF_BODY: Final = "x-signature-256"
TOLERANCE_SECONDS: Final = 300

_CODE_BYTES: Final = 32
_OF_BODY_PREFIX: Final = "sha256="
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_BOM: Final = b"\xef\xbb\xbf"
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[^\s"]+|\s+', re.DOTALL)
"""A string that does not end takes the rest: so the text is gone over once, whatever it is."""

_REWRITTEN_BYTES: Final = 64 * 1024
"""Up to what size a body is tried as it may have been: it is taken apart for that."""


class Finding(enum.StrEnum):
    """What is found of a signature."""

    VALID = "valid"
    VALID_BY_OLDER = "valid_by_old_secret"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    BODY_RESERIALISED = "body_reserialised"
    HEADERS_CHANGED = "headers_changed"
    HEADER_MISSING = "header_missing"
    MALFORMED = "malformed"
    NOT_SIGNED = "not_signed"
    NO_MATCH = "no_match"


@attrs.frozen
class Bench:
    """What was found, and how to say it.

    Attributes:
        finding: What.
        say: A sentence.
        header: Which header the finding is about.
        key: Which key it verifies with, counted from the newest, 0; None where with none.
        age_seconds: How old the message is by its own time, where it has one.
    """

    finding: Finding
    say: str
    header: str | None = None
    key: int | None = None
    age_seconds: int | None = None


@attrs.frozen
class Signed:
    """A request as a receiver got it. The names of `headers` are in lower case."""

    headers: Mapping[str, str]
    body: bytes


def examine(
    signed: Signed, keys: Sequence[SigningKey], *, now: float, tolerance_seconds: float
) -> Bench:
    """Find out whether a signature verifies, and if not, why.

    Args:
        signed: The request.
        keys: The route's keys, newest first.
        now: When it was got, in Unix seconds.
        tolerance_seconds: By how much its time may differ from that.
    """
    if not keys:
        return Bench(Finding.NOT_SIGNED, "this route has no secret: what it sends is not signed")
    macs = [Mac(key.value) for key in keys]
    headers = {name: value.strip() for name, value in signed.headers.items()}
    if SIGNATURE in headers:
        return _standard(headers, signed.body, keys, macs, now, tolerance_seconds)
    if OF_BODY in headers:
        return _of_body(headers[OF_BODY], signed.body, macs)
    named = f"neither {SIGNATURE} nor X-Signature-256 is among the headers"
    return Bench(Finding.HEADER_MISSING, f"{named}: a proxy or a framework may have removed them")


def _standard(
    headers: Mapping[str, str],
    body: bytes,
    keys: Sequence[SigningKey],
    macs: Sequence[Mac],
    now: float,
    tolerance: float,
) -> Bench:
    codes = _codes(headers[SIGNATURE])
    fault = _fault(headers, codes)
    if fault is not None:
        return fault
    age = int(now) - int(headers[TIMESTAMP])
    head = f"{headers[ID]}.{headers[TIMESTAMP]}.".encode()
    number = _number(macs, codes, head + body)
    if number is not None:
        return _in_time(number, keys[number], age, now, tolerance)
    for other, how in _rewritten(body):
        number = _number(macs, codes, head + other)
        if number is not None:
            say = f"body was re-serialised: same content, other bytes ({how})"
            return Bench(Finding.BODY_RESERIALISED, say, SIGNATURE, number, age)
    if _number(macs, _hex_codes(headers.get(OF_BODY, "")), body) is not None:
        say = f"the body is as it was sent; {ID} or {TIMESTAMP} is not what was signed"
        return Bench(Finding.HEADERS_CHANGED, say, SIGNATURE, age_seconds=age)
    return Bench(Finding.NO_MATCH, _no_match(len(keys)), SIGNATURE, age_seconds=age)


def _fault(headers: Mapping[str, str], codes: Sequence[bytes]) -> Bench | None:
    """Tell what keeps the headers from being judged at all."""
    for name in (ID, TIMESTAMP):
        if not headers.get(name):
            say = f"{name} is missing: it is a part of what is signed"
            return Bench(Finding.HEADER_MISSING, say, name)
    if not _SECONDS.fullmatch(headers[TIMESTAMP]):
        say = f"{TIMESTAMP} is no number of seconds since 1970"
        return Bench(Finding.MALFORMED, say, TIMESTAMP)
    if not codes:
        say = f"{SIGNATURE} holds no 'v1,' with 32 bytes in base64: it was cut or changed"
        return Bench(Finding.MALFORMED, say, SIGNATURE)
    return None


def _in_time(number: int, key: SigningKey, age: int, now: float, tolerance: float) -> Bench:
    if age > tolerance:
        say = f"older than the tolerance by {age - tolerance:g} s; the signature itself is right"
        return Bench(Finding.TOO_OLD, say, TIMESTAMP, number, age)
    if -age > tolerance:
        say = f"newer than the tolerance by {-age - tolerance:g} s: a clock is wrong"
        return Bench(Finding.TOO_NEW, say, TIMESTAMP, number, age)
    if number == 0:
        say = "valid, by the newest secret"
        return Bench(Finding.VALID, say, SIGNATURE, number, age)
    word = "ends" if key.expires_at > now else "has ended"
    say = f"valid, but by an old secret, which {word}"
    return Bench(Finding.VALID_BY_OLDER, say, SIGNATURE, number, age)


def _of_body(header: str, body: bytes, macs: Sequence[Mac]) -> Bench:
    """Judge the signature of the body alone; only the newest key makes it."""
    codes = _hex_codes(header)
    if not codes:
        say = f"X-Signature-256 is not '{_OF_BODY_PREFIX}' with 64 hexadecimal digits"
        return Bench(Finding.MALFORMED, say, OF_BODY)
    number = _number(macs, codes, body)
    if number == 0:
        return Bench(Finding.VALID, "valid, by the newest secret", OF_BODY, 0)
    if number is not None:
        return Bench(Finding.VALID_BY_OLDER, "valid, but by an old secret", OF_BODY, number)
    for other, how in _rewritten(body):
        number = _number(macs, codes, other)
        if number is not None:
            say = f"body was re-serialised: same content, other bytes ({how})"
            return Bench(Finding.BODY_RESERIALISED, say, OF_BODY, number)
    return Bench(Finding.NO_MATCH, _no_match(len(macs)), OF_BODY)


def _no_match(keys: int) -> str:
    secrets = "the route's secret" if keys == 1 else f"any of the route's {keys} secrets"
    return (
        f"not made with {secrets} over these bytes: another route's or an old secret, a body that"
        " was changed, or one whose original bytes cannot be told from what is left"
    )


def _number(macs: Sequence[Mac], codes: Sequence[bytes], data: bytes) -> int | None:
    """Find which key has made one of the codes; every one is compared, whatever is found."""
    found = None
    for number, mac in enumerate(macs):
        made = mac.digest(data)
        for code in codes:
            if hmac.compare_digest(made, code) and found is None:
                found = number
    return found


def _codes(header: str) -> Sequence[bytes]:
    found = []
    for part in header.split()[:20]:
        version, _, text = part.partition(",")
        try:
            code = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
        if version == "v1" and len(code) == _CODE_BYTES:
            found.append(code)
    return found


def _hex_codes(header: str) -> Sequence[bytes]:
    try:
        code = bytes.fromhex(header.removeprefix(_OF_BODY_PREFIX))
    except ValueError:
        return ()
    return (code,) if header.startswith(_OF_BODY_PREFIX) and len(code) == _CODE_BYTES else ()


def _rewritten(body: bytes) -> Iterator[tuple[bytes, str]]:
    """Give what a body may have been before somebody has read and written it anew.

    What is signed is JSON without blanks, in UTF-8, every digit as the device has sent it; a
    template's text may be anything.
    """
    if len(body) > _REWRITTEN_BYTES:
        return
    bare = body.removeprefix(_BOM).strip()
    if bare != body:
        yield bare, "blanks or a byte order mark around it"
    try:
        text = bare.decode()
    except UnicodeDecodeError:
        return
    tight = "".join(token for token in _TOKENS.findall(text) if not token.isspace())
    if tight != text:
        yield tight.encode(), "blanks between its tokens"
    plain = "".join(_unescaped(token) for token in _TOKENS.findall(tight))
    if plain != tight:
        yield plain.encode("utf-8", "surrogatepass"), "characters written as escapes"


def _unescaped(token: str) -> str:
    """Write a string of JSON with as few escapes as there can be."""
    if "\\" not in token or not token.startswith('"'):
        return token
    try:
        return json.dumps(json.loads(token), ensure_ascii=False)
    except ValueError:
        return token
