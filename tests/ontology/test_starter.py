"""The starter vocabulary is compiled once for the same tables, whatever becomes of the cache folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clinnote.ontology.vocabularies import starter
from clinnote.ontology.vocabularies.starter import starter_vocabulary, write_starter

ENTRIES = "id\tlabel\tterm\tsynonyms\tparents\tsites\tsource\n"


@pytest.fixture
def tables(root, tmp_path):
    """The shipped tables, with one concept in place of all."""
    folder = tmp_path / "ontologies"
    for part in ("anatomy", "sections"):
        shutil.copytree(root / "ontologies" / part, folder / part)
    (folder / "terms").mkdir()
    (folder / "terms" / "findings.tsv").write_text(f"{ENTRIES}gizmo\tdevice\tgizmo\t\t\t\town\n", encoding="utf-8")
    return folder


def compiled_times(monkeypatch):
    """Counts how often tables are compiled."""
    times = []
    plain = starter._compiled
    monkeypatch.setattr(starter, "_compiled", lambda tables: times.append(1) or plain(tables))
    return times


def test_the_same_tables_are_compiled_once(tables, tmp_path, monkeypatch):
    times = compiled_times(monkeypatch)
    versions = {starter_vocabulary(tables, tmp_path / "cache").version for _ in range(3)}
    assert versions == {starter_vocabulary(tables).version}
    assert len(times) == 2  # once for the cache, once without


def test_what_comes_from_the_cache_knows_the_same(tables, tmp_path):
    first, second = (starter_vocabulary(tables, tmp_path / "cache") for _ in range(2))
    assert [entry.label for entry in second.lookup("gizmo")] == ["device"]
    assert second.keys() == first.keys()
    assert second.path is None


def test_changed_tables_are_compiled_anew(tables, tmp_path):
    starter_vocabulary(tables, tmp_path / "cache")
    table = tables / "terms" / "findings.tsv"
    table.write_text(f"{ENTRIES}gadget\tdevice\tgadget\t\t\t\town\n", encoding="utf-8")
    changed = starter_vocabulary(tables, tmp_path / "cache")
    assert changed.lookup("gadget")
    assert not changed.lookup("gizmo")


@pytest.mark.parametrize("damage", [b"", b"nonsense", None], ids=["empty", "foreign", "one byte"])
def test_a_damaged_file_is_made_again(tables, tmp_path, damage):
    version = starter_vocabulary(tables, tmp_path / "cache").version
    [file] = (tmp_path / "cache").iterdir()
    content = bytearray(file.read_bytes())
    content[-100] ^= 0xFF
    file.write_bytes(bytes(content) if damage is None else damage)
    assert starter_vocabulary(tables, tmp_path / "cache").version == version
    write_starter(tables, tmp_path / "whole.vocab")
    assert file.read_bytes() == (tmp_path / "whole.vocab").read_bytes()


def test_a_cache_that_can_not_be_written_is_done_without(tables, tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    assert starter_vocabulary(tables, tmp_path / "file").lookup("gizmo")
    assert starter_vocabulary(tables, tmp_path / "file" / "below").lookup("gizmo")


def test_only_the_newest_are_kept_and_nothing_half_written(tables, tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    for number in range(6):
        old = cache / f"starter-{number}.vocab"
        old.write_bytes(b"of other tables")
        os.utime(old, (number, number))
    starter_vocabulary(tables, cache)
    assert {"starter-3.vocab", "starter-4.vocab", "starter-5.vocab"} < {path.name for path in cache.iterdir()}
    assert len(list(cache.iterdir())) == 4
    assert {path.suffix for path in cache.iterdir()} == {".vocab"}


def test_several_processes_at_once_leave_one_whole_file(tables, tmp_path):
    code = (
        "import sys; from pathlib import Path; from clinnote.ontology.vocabularies.starter import starter_vocabulary;"
        "print(starter_vocabulary(Path(sys.argv[1]), Path(sys.argv[2])).version)"
    )
    command = [sys.executable, "-c", code, str(tables), str(tmp_path / "cache")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert {process.communicate()[0].strip() for process in started} == {starter_vocabulary(tables).version}
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_nothing_but_the_hashed_folders_is_read(root, tmp_path):
    """A table that were read but not hashed could change unseen."""
    code = (
        "import sys; from pathlib import Path; read = set();"
        "from clinnote.ontology.vocabularies.starter import write_starter;"
        "sys.addaudithook(lambda event, about: read.add(str(about[0])) if event == 'open' else None);"
        "write_starter(Path(sys.argv[1]), Path(sys.argv[2])); print(*read, sep='\\n')"
    )
    tables, out = root / "ontologies", tmp_path / "starter.vocab"
    command = [sys.executable, "-c", code, str(tables), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    read = [Path(line) for line in done.stdout.splitlines() if line.startswith(str(root)) and ".py" not in line]
    assert {path.relative_to(tables).parts[0] for path in read} == set(starter._TABLES)
