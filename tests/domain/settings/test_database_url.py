"""The database's URL is read as libpq reads it, or refused by name with the way out."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.postgres.url import UrlProblem, read_url, url_as, with_authority
from pulse_router.settings import load_settings, warnings
from tests.support.settings import the_problem

BASE = "postgresql://iot:hush@db.plant/iotcloud"
CA = "/etc/ca.pem"


def refusal(url: str) -> str:
    with pytest.raises(UrlProblem) as caught:
        read_url(url)
    return str(caught.value)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
)
def test_what_is_percent_encoded_comes_out_as_it_was(user: str, password: str, name: str) -> None:
    encoded = [quote(each, safe="") for each in (user, password, name)]
    target = read_url("postgresql://{}:{}@h/{}".format(*encoded))
    assert (target.user, target.password, target.database) == (user, password, name)
    in_query = read_url("postgres:///?user={}&password={}&dbname={}".format(*encoded))
    assert (in_query.user, in_query.password, in_query.database) == (user, password, name)


@given(st.text(st.characters(codec="utf-8")), st.text(alphabet="@/#?%&=:[],x"))
def test_any_text_is_a_url_or_refused(text: str, signs: str) -> None:
    for url in (text, f"postgresql://{text}", f"postgresql://{signs}", f"{BASE}?{signs}"):
        try:
            read_url(url)
        except UrlProblem as problem:
            assert str(problem)  # noqa: PT017 - the other outcome is as good


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://h/d", ["h"]),
        ("postgresql://h:5433/d", ["h:5433"]),
        ("postgresql://one,two:5433,[::1]:5434/d", ["one", "two:5433", "[::1]:5434"]),
        ("postgresql://one,two/d?port=1,2", ["one:1", "two:2"]),
        ("postgresql:///d?host=one,two&port=7", ["one:7", "two:7"]),
        ("postgresql://%2Frun%2Fpostgresql/d", ["/run/postgresql"]),
        ("postgresql:///d?host=/run/postgresql", ["/run/postgresql"]),
        ("postgresql://[fe80::1%25eth0]/d", ["[fe80::1%eth0]"]),
        ("postgresql:///d", ["this machine"]),
        ("postgresql:///d?hostaddr=10.0.0.1", ["10.0.0.1"]),
    ],
)
def test_servers_are_read_as_libpq_reads_them(url: str, hosts: list[str]) -> None:
    assert [str(host) for host in read_url(url).hosts] == hosts


def test_of_several_servers_the_one_that_can_be_written_to_is_wanted() -> None:
    assert read_url("postgresql://h/d").session == "any"
    assert read_url("postgresql://a,b/d").session == "read-write"
    assert read_url("postgresql://a,b/d?target_session_attrs=any").session == "any"


@pytest.mark.parametrize(
    "parameters",
    [
        "channel_binding=prefer",
        "gssencmode=disable",
        "ssl=true",
        "client_encoding=UTF8",
        "sslsni=1&sslcompression=0&sslcertmode=allow",
        "connect_timeout=0&keepalives=1&keepalives_idle=30&tcp_user_timeout=5000",
        "application_name=x&fallback_application_name=y&options=-c%20geqo%3Doff",
        "load_balance_hosts=random",
        "max_protocol_version=latest",
        "sslrootcert=system",
        "sslnegotiation=direct&sslmode=require",
        "",
    ],
)
def test_what_libpq_takes_and_asks_for_nothing_more_is_taken(parameters: str) -> None:
    assert read_url(f"{BASE}?{parameters}").user == "iot"


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("channel_binding=require", "asks for channel_binding in a way that does not work here"),
        ("gssencmode=require", "GSSAPI is not spoken here"),
        ("service=x", "service, which does not work here; put what the service file says"),
        ("require_auth=md5", "require_auth, which does not work here"),
        ("sslcrldir=/x", "name it by sslcrl"),
        ("pgbouncer=true", "set database.pgbouncer = true"),
        ("sslmode=verify_full", "a sslmode that is none of disable, allow"),
        ("sslmod=require", "did you mean sslmode?"),
        ("schema=public", "options=-c%20schema%3D"),
        ("sslrootcert=system&sslmode=require", "sslrootcert=system needs sslmode=verify-full"),
        ("sslnegotiation=direct", "needs sslmode=require"),
        ("connect_timeout=soon", "a connect_timeout that is no whole number"),
        ("keepalives_idle=1m", "a keepalives_idle that is no whole number"),
        ("target_session_attrs=master", "none of any, read-write"),
        ("client_encoding=latin1", "always UTF8"),
        ("hostaddr=nowhere", "hostaddr must be an IP address"),
        ("port=1,2", "more or fewer ports"),
        ("port=0", "no number from 1 to 65535"),
        ("application_name", "a parameter behind the ? that has no ="),
        ("application_name=%zz", "write % itself as %25"),
        ("application_name=%ff", "not UTF-8"),
        ("application_name=%00", "a NUL"),
    ],
)
def test_what_would_not_work_is_refused_by_name_with_the_way_out(
    parameters: str, said: str
) -> None:
    assert said in refusal(f"{BASE}?{parameters}")
    problem = the_problem(PULSE_DATABASE_URL=f"{BASE}?{parameters}")
    assert problem.startswith("database.url (from PULSE_DATABASE_URL): ")
    assert said in problem
    assert "hush" not in problem


@pytest.mark.parametrize(
    "password", ["hu@sh", "hu/sh", "12/hu@sh", "hu@s/h#", "hu#@sh", "12?hu@sh/x", "hu/s?h=1"]
)
def test_a_password_with_signs_of_its_own_is_named_as_the_cause(password: str) -> None:
    said = refusal(f"postgresql://iot:{password}@db.plant:5432/iotcloud")
    assert "the password probably holds @ or /" in said
    assert "%40" in said
    assert "hu" not in said


@pytest.mark.parametrize("password", ["hu#sh", "hu?sh", "hu:sh", "hu&sh=1"])
def test_a_password_that_libpq_takes_is_taken(password: str) -> None:
    target = read_url(f"postgresql://iot:{password}@db.plant/iotcloud")
    assert (target.password, str(target.hosts[0])) == (password, "db.plant")


def test_a_percent_sign_alone_is_named() -> None:
    assert "write % itself as %25" in refusal("postgresql://iot:50%off@h/d")


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (f"{BASE}?sslmode=require", "postgresql://postgres@db.plant/iotcloud"),
        (
            "postgresql://a:hush@one,two:5433,[::1]/d%2Fx",
            "postgresql://postgres@one,two:5433,[::1]/d%2Fx",
        ),
        ("postgresql:///d?host=/run/pg", "postgresql://postgres@/d?host=/run/pg"),
        ("postgresql://iot@", "postgresql://postgres@/iot"),
    ],
)
def test_a_url_for_somebody_else_names_the_same_database_and_no_secret(
    url: str, named: str
) -> None:
    assert url_as("postgres", url) == named
    assert read_url(named).user == "postgres"


# database.ca_file ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "mode", "file"),
    [
        ("", "verify-full", CA),
        ("?sslmode=require", "verify-full", CA),
        ("?sslmode=verify-ca", "verify-ca", CA),
        ("?sslmode=verify-full", "verify-full", CA),
        ("?sslmode=verify-full&sslrootcert=/own", "verify-full", "/own"),
        ("?sslrootcert=system", "verify-full", "system"),
    ],
)
def test_an_authority_makes_every_url_verify(query: str, mode: str, file: str) -> None:
    tls = read_url(with_authority(BASE + query, CA)).tls
    assert (tls.mode, tls.ca_file) == (mode, file)


def test_each_of_the_database_s_urls_trusts_the_authority(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    file = tmp_path / "pulse-router.toml"
    file.write_text(
        f'[database]\nca_file = "ca.pem"\nurl = "{BASE}"\ndirect_url = "{BASE}"\n'
        f'migration_url = "{BASE}"\n'
    )
    database = load_settings(file, {}).database
    for url in (database.url, database.direct_url, database.migration_url):
        assert url is not None
        assert read_url(url).tls.ca_file == str(tmp_path / "ca.pem")
    assert warnings(load_settings(file, {})) == []


def test_an_authority_and_connections_without_verification_contradict_each_other() -> None:
    problem = the_problem(PULSE_DATABASE_URL=f"{BASE}?sslmode=prefer", PULSE_DATABASE_CA_FILE=CA)
    assert problem.startswith("database.url (from PULSE_DATABASE_URL): verifies nobody's")
    problem = the_problem(PULSE_DATABASE_URL=f"{BASE}?sslmode=verify-ca")
    assert "needs to know whose certificates are good: set database.ca_file" in problem


@pytest.mark.parametrize(
    "query", ["", "?sslmode=require", "?sslmode=disable", "?sslmode=prefer", "?ssl=true"]
)
def test_a_remote_database_that_nobody_verifies_is_a_warning(query: str) -> None:
    (risk,) = warnings(load_settings(None, {"PULSE_DATABASE_URL": BASE + query}))
    assert risk.startswith("database.url: nobody verifies that db.plant is the database (sslmode=")
    assert "hush" not in risk


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}?sslmode=verify-full",
        f"{BASE}?sslrootcert=system",
        "postgresql://iot@localhost/d",
        "postgresql://iot@127.0.0.1,[::1]/d",
        "postgresql:///d",
        "postgresql://iot@db/d?hostaddr=127.0.0.1",
    ],
)
def test_a_verified_database_or_one_on_this_machine_is_no_warning(url: str) -> None:
    assert warnings(load_settings(None, {"PULSE_DATABASE_URL": url})) == []


def test_files_of_a_url_that_are_not_there_are_a_warning() -> None:
    url = f"{BASE}?sslmode=verify-full&sslrootcert=/nowhere/ca&sslcert=/nowhere/c&passfile=/nowhere"
    assert warnings(load_settings(None, {"PULSE_DATABASE_URL": url})) == [
        "database.url: sslrootcert: cannot read /nowhere/ca: No such file or directory",
        "database.url: sslcert: cannot read /nowhere/c: No such file or directory",
        "database.url: passfile: cannot read /nowhere: No such file or directory",
    ]
