"""What a migration says of itself is read, and what it may not say is refused."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from pulse_router.domain.errors import MigrationError
from pulse_router.postgres.migration_files import Migration, Schema, read_migrations
from pulse_router.postgres.migration_steps import built_index, split_steps
from pulse_router.stores.schema import find_folder, schema_in


def read(folder: Path, *scripts: str, declares_from: int = 100) -> list[Migration]:
    for number, script in enumerate(scripts, 1):
        (folder / f"{number:04}_file.sql").write_text(script)
    schema: Schema = attrs.evolve(schema_in(folder), declares_from=declares_from)
    return list(read_migrations(schema))


def test_what_the_first_comment_says_is_read(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        "-- oldest: 0001\n-- Why it is so.\n-- locks: devices, for a moment\nSELECT 1;\n",
        "-- Nothing.\nSELECT 1;\n-- oldest: 0002\n",
    )
    assert (first.oldest, first.locks, first.in_transaction) == (1, "devices, for a moment", True)
    assert (second.oldest, second.locks) == (None, None)


@pytest.mark.parametrize("said", ["18", "0003", "0000", "latest", ""])
def test_an_oldest_that_cannot_be_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(MigrationError, match="that has to be the number of a migration"):
        read(tmp_path, "SELECT 1;", f"-- oldest: {said}\nSELECT 1;")


def test_what_was_contracted_stays_contracted(tmp_path: Path) -> None:
    scripts = ["SELECT 1;", "-- oldest: 0002\nSELECT 1;", "-- oldest: 0001\nSELECT 1;"]
    with pytest.raises(MigrationError, match="0002_file asks for 0002 already"):
        read(tmp_path, *scripts)


@pytest.mark.parametrize(
    ("script", "lacks"),
    [("-- locks: nothing\n", "oldest: NNNN"), ("-- oldest: 0001\n", "locks: …")],
)
def test_a_new_file_has_to_say_both(tmp_path: Path, script: str, lacks: str) -> None:
    with pytest.raises(MigrationError, match=f"0001_file has to say `-- {lacks}`"):
        read(tmp_path, script, declares_from=1)


def test_our_own_files_say_what_they_have_to() -> None:
    schema = schema_in(find_folder())
    for migration in read_migrations(schema):
        if migration.version >= schema.declares_from:
            assert migration.oldest is not None
            assert migration.locks


def test_a_script_outside_a_transaction_is_taken_apart_whatever_stands_in_it() -> None:
    script = """-- outside a transaction; not a statement
    CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON t (b) /* ; */ WHERE c = 'x;''y'; -- ; no
    DO $do$ BEGIN PERFORM ';'; END $do$;
    UPDATE "odd;table" SET b = 1;
    """
    index, block, update = split_steps("file", script)
    assert index.startswith("CREATE INDEX")
    assert index.endswith("'x;''y'")
    assert block == "DO $do$ BEGIN PERFORM ';'; END $do$"
    assert update == 'UPDATE "odd;table" SET b = 1'
    assert [built_index(step) for step in (index, block, update)] == ["a", None, None]


@pytest.mark.parametrize(
    "step",
    [
        "CREATE INDEX a ON t (b)",
        "CREATE INDEX CONCURRENTLY a ON t (b)",
        "create unique index concurrently a on t (b)",
        "CREATE INDEX CONCURRENTLY ON t (b)",
        "DROP INDEX CONCURRENTLY a",
        "REINDEX INDEX CONCURRENTLY a",
    ],
)
def test_what_cannot_be_repeated_is_refused_outside_a_transaction(
    tmp_path: Path, step: str
) -> None:
    with pytest.raises(MigrationError, match="it may have to be repeated"):
        read(tmp_path, f"-- outside a transaction\n{step};\n")


def test_a_script_outside_a_transaction_has_statements(tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="0001_file has no statement"):
        read(tmp_path, "-- outside a transaction\n-- nothing;\n;")
