from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from pulse_router.settings import (
    Bind,
    Settings,
    SettingsError,
    find_config,
    load_settings,
)
from pulse_router.settings.structure import keys, sections

CONFIG = Path(__file__).parents[3] / "config" / "pulse-router.toml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse-router.toml"


def test_the_file_is_the_named_one_then_the_variable_s_then_the_folder_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, by_variable = tmp_path / "named.toml", tmp_path / "variable.toml"
    named.touch()
    by_variable.touch()
    monkeypatch.chdir(tmp_path)
    environ = {"PULSE_CONFIG": str(by_variable)}
    assert find_config(named, environ) == named
    assert find_config(None, environ) == by_variable
    Path("pulse-router.toml").touch()
    assert find_config(None, {"PULSE_CONFIG": ""}) == Path("pulse-router.toml")


@pytest.mark.parametrize(
    ("named", "environ", "source"),
    [(Path("/nope.toml"), {}, "--config"), (None, {"PULSE_CONFIG": "/nope.toml"}, "PULSE_CONFIG")],
)
def test_a_named_file_must_exist(named: Path | None, environ: dict[str, str], source: str) -> None:
    with pytest.raises(SettingsError) as raised:
        find_config(named, environ)
    assert raised.value.problems == [f"there is no settings file /nope.toml (named by {source})"]


@pytest.mark.parametrize(
    ("given", "found"), [("ca.pem", "{folder}/ca.pem"), ("/etc/ca.pem", "/etc/ca.pem")]
)
def test_files_of_certificates_are_looked_for_beside_the_settings(
    file: Path, given: str, found: str
) -> None:
    file.write_text(f'[mqtt]\ntls = true\nca_file = "{given}"\n')
    assert str(load_settings(file, {}).mqtt.ca_file) == found.format(folder=file.parent)


# The file that explains every key -------------------------------------------------------------


def uncommented() -> dict[str, dict[str, Any]]:
    lines = CONFIG.read_text(encoding="utf-8").splitlines()
    return tomllib.loads("\n".join(re.sub(r"^# ([a-z_]+ = )", r"\1", line) for line in lines))


def test_the_shipped_file_is_valid_as_it_is() -> None:
    assert load_settings(CONFIG, {}) == Settings()


def test_the_shipped_file_explains_every_key_and_no_other() -> None:
    written = {f"{section}.{key}" for section, table in uncommented().items() for key in table}
    assert written == set(keys())
    assert list(uncommented()) == list(sections())


def test_the_shipped_file_shows_the_true_defaults(file: Path) -> None:
    for section, table in uncommented().items():
        for name, value in table.items():
            key = keys()[f"{section}.{name}"]
            if key.attribute.default is None:
                continue
            shown = value if not isinstance(key.attribute.default, Bind) else Bind.parse(value)
            shown = tuple(shown) if isinstance(shown, list) else shown
            assert shown == key.attribute.default, key.dotted
