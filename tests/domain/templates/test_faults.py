"""What is refused of a template when its route is saved, with path and column; hostile ones too."""

from __future__ import annotations

from typing import Any

import pytest

from pulse_router.domain.templates.limits import TemplateFault
from pulse_router.domain.templates.rendering import compile_json, compile_text

ROWS: list[tuple[str, int, str]] = [
    ("{{ }}", 4, "is empty"),
    ("{{ a", 1, "}} is missing"),
    ("x {{ 'a }}", 6, "quote is missing"),
    ("{{ a b }}", 6, "has ended here"),
    ("{{ 1 + }}", 8, "unexpected"),
    ("{{ a. }}", 7, "name or number"),
    ("{{ (a }}", 7, "unexpected"),
    ("{{ a) }}", 5, "unexpected"),
    ("{{ $ }}", 4, "means nothing"),
    ("{{ a ; b }}", 6, "means nothing"),
    ("{{ a² }}", 4, "Invalid character"),
    ("{{ 1 + a² }}", 8, "Invalid character"),
    ("{% if a %}", 1, "no blocks"),
    ("a {# b #}", 3, "no comments"),
    ("{{ a }} {% raw %}", 9, "no blocks"),
    (r"{{ 'a\x41' }}", 6, "an escape is one of"),
    (r"{{ '\ud800' }}", 5, "an escape is one of"),
    ("{{ a() }}", 5, "nothing can be called"),
    ("{{ 'a'.upper() }}", 13, "nothing can be called"),
    ("{{ range(10) }}", 9, "nothing can be called"),
    ("{{ a.b.c(1) }}", 9, "nothing can be called"),
    ("{{ a is defined }}", 6, "no tests"),
    ("{{ {'a': 1} }}", 4, "no objects"),
    ("{{ [1, 2] }}", 4, "only behind 'in'"),
    ("{{ (1, 2) | tojson }}", 6, "only behind 'in'"),
    ("{{ a[1:2] }}", 5, "no slices"),
    ("{{ a[b] }}", 5, "literally"),
    ("{{ a[1.5] }}", 5, "literally"),
    ("{{ a // 2 }}", 4, "no //"),
    ("{{ a % 2 }}", 4, "no %"),
    ("{{ 9 ** 9 ** 9 }}", 4, "no **"),
    ("{{ a | nope }}", 8, "there is no filter 'nope'"),
    ("{{ a | attr('__class__') }}", 8, "there is no filter 'attr'"),
    ("{{ a | format(1) }}", 8, "there is no filter"),
    ("{{ a | round(digits=1) }}", 8, "by place"),
    ("{{ a | replace(*b) }}", 8, "by place"),
    ("{{ a | replace(**b) }}", 8, "by place"),
    ("{{ a | replace('a') }}", 8, "replace(old, new)"),
    ("{{ a | upper(1) }}", 8, "used as upper"),
    ("{{ a | default }}", 8, "default(value)"),
    ("{{ a | choose(1) }}", 8, "choose("),
    ("{{ a | time }}", 8, "time("),
    ("{{ a | time(b) }}", 8, "time("),
    ("{{ a | time('%5Y') }}", 8, "%5 is no code"),
    ("{{ a | time('%') }}", 8, "is no code"),
    ("{{ a | time('%-d') }}", 8, "%- is no code"),
    ("{{ a | time('" + "%Y" * 51 + "') }}", 8, "at most 100"),
    ("{{ secrets }}", 4, "secrets.name"),
    ("{{ secrets | tojson }}", 4, "secrets.name"),
    ("{{ secrets.other }}", 4, "no 'other' in template_secrets"),
    ("{{ secrets.token | upper }}", 4, "a secret stands by itself"),
    ("{{ secrets['token'] | truncate(3) }}", 4, "a secret stands by itself"),
    ("{{ ('a' ~ secrets.token) | upper }}", 11, "a secret stands by itself"),
    ("{{ (secrets.token if a else b) | upper }}", 5, "a secret stands by itself"),
    ("{{ a | default(secrets.token) }}", 16, "a secret stands by itself"),
    ("{{ a == secrets.token }}", 9, "a secret stands by itself"),
    ("{{ a if secrets.token else b }}", 9, "a secret stands by itself"),
    ("{{ secrets.token[0] }}", 4, "a secret stands by itself"),
    ("{{ secrets.token and a }}", 4, "a secret stands by itself"),
    ("{{ a in [secrets.token] }}", 10, "a secret stands by itself"),
    ("{{ " + "9" * 33 + " }}", 4, "at most 32 digits"),
    ("{{ 1e999 }}", 4, "as large as that"),
    ("{{ 1" + "0" * 5000 + " }}", 4, "at most 32 digits"),
    ("{{ '" + "a" * 16_400 + "' }}", 0, "16 KiB"),
    ("{{ " + "(" * 17 + "a" + ")" * 17 + " }}", 20, "nested deeper"),
    ("{{ " + "(" * 8000, 20, "nested deeper"),
    ("{{ a" + "[0" * 8000, 37, "nested deeper"),
    ("{{ " + "- " * 17 + "a }}", 36, "nested deeper"),
    ("{{ " + "not " * 4000 + "a }}", 68, "nested deeper"),
    ("{{ " + "a if a else " * 1300 + "a }}", 0, "operations"),
    ("{{ " + "a if a else " * 20 + "a }}", 189, "nested deeper"),
    ("{{ a" + " + a" * 4000 + " }}", 0, "operations"),
    ("{{ a" + ".b" * 8000 + " }}", 0, "operations"),
    ("{{ a" + " | tojson" * 1700 + " }}", 0, "operations"),
    ("{{ a" + " ~ a" * 4000 + " }}", 0, "operations"),
    ("{{ a" + " == a" * 3200 + " }}", 0, "operations"),
    ("{{ a in [" + "a," * 8000 + "a] }}", 0, "operations"),
    ("{{ 1 }}" * 65, 64 * 7 + 4, "64 placeholders"),
    ("{{ a ~ a ~ a ~ a ~ a }}" * 50, 0, "operations"),
]


@pytest.mark.parametrize(("template", "column", "said"), ROWS, ids=[row[0][:40] for row in ROWS])
@pytest.mark.parametrize("compile_", [compile_json, compile_text])
def test_a_fault_is_told_with_its_column(
    compile_: Any, template: str, column: int, said: str
) -> None:
    with pytest.raises(TemplateFault) as caught:
        compile_(template, ("token",))
    assert said in str(caught.value)
    if column:
        assert caught.value.column == column


def test_a_fault_is_told_with_its_path() -> None:
    template = {"blocks": [{}, {"text": "a {{ b( }}"}]}
    with pytest.raises(TemplateFault) as caught:
        compile_json(template)
    assert (caught.value.path, caught.value.column) == ("blocks.1.text", 9)
    assert str(caught.value).startswith("column 9: ")


def test_names_of_fields_hold_no_placeholders() -> None:
    with pytest.raises(TemplateFault, match="names of fields") as caught:
        compile_json({"a": {"{{ b }}": 1}})
    assert caught.value.path == "a.{{ b }}"


def nested(depth: int) -> Any:
    value: Any = "{{ a }}"
    for _ in range(depth):
        value = [value]
    return value


def test_a_value_is_nested_sixteen_deep_and_no_deeper() -> None:
    compile_json(nested(16))
    for depth in (17, 500, 5000):
        with pytest.raises(TemplateFault, match="nested deeper than 16"):
            compile_json(nested(depth))


def test_what_lies_just_within_the_bounds_is_taken() -> None:
    compile_json("{{ " + "(" * 15 + "a" + ")" * 15 + " }}")
    compile_json("{{ " + "- " * 15 + "a }}")
    compile_json("{{ a" + " + a" * 127 + " }}")
    compile_json("{{ a" + ".b" * 255 + " }}")
    compile_json(["{{ a }}"] * 64)
    compile_json("x" * (16 * 1024 - 2))


@pytest.mark.parametrize("text", ["\ud800", "{{ '\ud800' }}", "{{ a }}\udfff"])
def test_half_a_character_is_refused(text: str) -> None:
    for compile_ in (compile_json, compile_text):
        with pytest.raises(TemplateFault, match="half a character"):
            compile_(text)
