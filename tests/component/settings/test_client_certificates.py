"""The certificates that webhooks show: how they are set, and what is told of those of no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulse_router.settings import ClientCertificate, Settings, load_settings, serve_problems
from tests.support.servers.certificates import TestAuthority
from tests.support.servers.tls import Files, encrypted
from tests.support.settings import SECRET, the_problem

BASE = f'[auth]\nsecret = "{SECRET}"\n[delivery]\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse-router.toml"


def loaded(file: Path, text: str) -> Settings:
    file.write_text(BASE + text)
    return load_settings(file, {})


def test_they_are_named_in_a_table_and_looked_for_beside_it(file: Path) -> None:
    settings = loaded(
        file,
        'client_cert_file = "common.pem"\nclient_key_file = "/keys/common.key"\n'
        '[delivery.client_certificates.plant]\ncert_file = "plant.pem"\nkey_file = "/k/plant.key"\n'
        '[delivery.client_certificates.line-2]\ncert_file = "/both.pem"\ntenants = ["acme"]\n',
    )
    assert settings.delivery.client_cert_file == file.parent / "common.pem"
    assert settings.delivery.client_key_file == Path("/keys/common.key")
    assert settings.delivery.client_certificates == {
        "plant": ClientCertificate(file.parent / "plant.pem", Path("/k/plant.key")),
        "line-2": ClientCertificate(Path("/both.pem"), None, ("acme",)),
    }


def test_the_environment_has_them_in_a_line() -> None:
    line = "plant=/a.pem:/a.key, line-2=/both.pem"
    settings = load_settings(None, {"PULSE_DELIVERY_CLIENT_CERTIFICATES": line})
    assert settings.delivery.client_certificates == {
        "plant": ClientCertificate(Path("/a.pem"), Path("/a.key")),
        "line-2": ClientCertificate(Path("/both.pem")),
    }


@pytest.mark.parametrize(
    "value",
    [
        '"plant.pem"',
        "3",
        "[]",
        '{plant = "plant.pem"}',
        "{plant = {}}",
        '{plant = {key_file = "a"}}',
        "{plant = {cert_file = 3}}",
        '{plant = {cert_file = ""}}',
        '{plant = {cert_file = "a", key_file = ""}}',
        '{plant = {cert_file = "a", tenants = "acme"}}',
        '{plant = {cert_file = "a", tenants = [1]}}',
        '{plant = {cert_file = "a", password = "x"}}',
        '{"a b" = {cert_file = "a"}}',
        '{"" = {cert_file = "a"}}',
    ],
)
def test_what_names_none_is_refused(file: Path, value: str) -> None:
    file.write_text(f"[delivery]\nclient_certificates = {value}\n")
    problem = the_problem(file)
    assert problem.startswith("delivery.client_certificates = ")
    assert "must be a table of certificates by name" in problem


@pytest.mark.parametrize("line", ["plant", "plant=", "plant=/a.pem:", "=/a.pem", "a b=/a.pem"])
def test_what_names_none_in_the_environment_is_refused(line: str) -> None:
    problem = the_problem(PULSE_DELIVERY_CLIENT_CERTIFICATES=line)
    assert "must be a table of certificates by name" in problem


def test_a_key_without_its_certificate_is_refused(file: Path) -> None:
    file.write_text(f'{BASE}client_key_file = "a.key"\n')
    assert the_problem(file).endswith("set delivery.client_cert_file")


def test_files_that_cannot_be_used_are_told_before_serving(file: Path) -> None:
    files = Files(file.parent, TestAuthority())
    good, other = files.issue("good"), files.issue("other")
    files.write("locked.key", encrypted(good, b"passphrase"))
    files.write("rubbish.pem", b"rubbish")
    named = "client_certificates.plant"
    for certificate, key, said in (
        ("good.pem", "good.key", None),
        ("away.pem", "good.key", f"cert_file: cannot read {file.parent / 'away.pem'}: no such"),
        ("good.pem", "away.key", f"key_file: cannot read {file.parent / 'away.key'}: no such"),
        ("good.pem", "other.key", "does not belong to"),
        ("good.pem", "locked.key", "without a passphrase"),
        ("rubbish.pem", "good.key", "there must be a certificate and its key, as PEM"),
    ):
        settings = loaded(
            file,
            f'client_cert_file = "{certificate}"\nclient_key_file = "{key}"\n'
            f'{named} = {{cert_file = "{certificate}", key_file = "{key}"}}\n',
        )
        problems = serve_problems(settings)
        assert len(problems) == (0 if said is None else 2), problems
        assert all((said or "") in problem for problem in problems)
    assert other.key_file is not None
