"""What we send is genuine to the libraries of Standard Webhooks, and to the docs' own code."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.delivery import verifying_receiver
from tests.support.delivery.verifying import (
    expected,
    forms,
    judged,
    known_secrets,
    now,
)
from tests.support.documents import examples
from tests.support.servers.listening import open_listening
from tests.support.servers.node import FOLDER, find_node

PYTHON = (sys.executable, str(Path(verifying_receiver.__file__)))
JAVASCRIPT = (str(find_node()), str(FOLDER / "verifier.mjs"))


@pytest.mark.parametrize("receiver", [PYTHON, JAVASCRIPT], ids=["python", "javascript"])
async def test_the_library_takes_every_form_of_secret(receiver: tuple[str, ...]) -> None:
    shown = forms(now())
    async with open_listening(*receiver, known_secrets(shown)) as server:
        assert await judged(server.port, shown) == expected(shown)


@pytest.mark.parametrize("language", ["python", "javascript"])
async def test_the_code_of_the_document_takes_every_form_of_secret_as_it_is(
    language: str, tmp_path: Path
) -> None:
    """It needs no telling which form it is, but base64 is decoded behind `whsec_` alone."""
    shown = [form for form in forms(now()) if form.is_raw or form.known.startswith("whsec_")]
    assert len(shown) > 10
    [example] = examples("webhooks.md", language)
    script = tmp_path / ("snippet.py" if language == "python" else "snippet.cjs")
    exported = "" if language == "python" else "module.exports = { isGenuine };\n"
    script.write_text(example.text + exported)
    receiver = PYTHON if language == "python" else JAVASCRIPT
    async with open_listening(*receiver, known_secrets(shown), str(script)) as server:
        assert await judged(server.port, shown) == expected(shown)
