"""Whom TLS trusts: an authority that a plant has made by itself, too, on every Python."""

from __future__ import annotations

import contextlib
import ssl

import pytest

from pulse_router.runtime.tls import client_context
from tests.support.servers.certificates import TestAuthority


def shake_hands(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(to_client, to_server, server_hostname=name),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for side in (*sides, *sides):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert sides[0].cipher() is not None
    assert sides[0].getpeercert()


def test_an_authority_without_what_rfc_5280_adds_is_trusted() -> None:
    authority = TestAuthority()
    context = client_context()
    context.load_verify_locations(cadata=authority.pem.decode())
    shake_hands(context, authority.server_context("plant.example"), "plant.example")
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python does by itself since 3.13
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(context, authority.server_context("plant.example"), "plant.example")


def test_a_server_must_be_who_it_is_taken_for() -> None:
    authority = TestAuthority()
    context = authority.client_context()
    assert context.check_hostname
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(context, authority.server_context("plant.example"), "other.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(client_context(), authority.server_context("plant.example"), "plant.example")
