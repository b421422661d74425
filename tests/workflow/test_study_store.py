"""The working file of a check: grouping, order, taking over, disks that are full, two runs at once."""

import os
import random
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinnote.crosscheck.pairing import Keys
from clinnote.errors import Reject, UsageError
from clinnote.store.shelf import Shelf
from clinnote.workflow.study_store import Group, Packed, StudyStore, pack, unpack


def opened(folder, stamp="run", name="out.jsonl"):
    return StudyStore(folder / name, stamp)


def notes(*studies):
    """One packed chunk with a note for each study (None: without one)."""
    return Packed(tuple((Keys(study), pack(f"{study}-{n}")) for n, study in enumerate(studies)), mentions=len(studies))


def texts(group: Group):
    return [unpack(note) for note in group.notes], [unpack(label) for label in group.labels]


def test_studies_come_in_the_order_of_their_first_notes_with_all_that_belongs_to_them(tmp_path):
    with opened(tmp_path) as store:
        labels = ("b", "label b1"), ("a", "label a"), ("b", "label b2"), ("z", "no")
        store.add_labels((Keys(study), pack(label)) for study, label in labels)
        store.add_notes("1", notes("b", None, "a"))
        store.add_notes("2", notes("a", "b", "c"))
        store.index()
        assert [texts(group) for group in store.groups()] == [
            (["b-0", "b-1"], ["label b1", "label b2"]),
            (["a-2", "a-0"], ["label a"]),
            (["c-2"], []),
            (["None-1"], []),
        ]
        assert store.counts() == (6, 6, 4, 4, 2)


@settings(max_examples=30, deadline=None)
@given(
    noted=st.lists(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=4), max_size=5),
    labelled=st.lists(st.sampled_from(["a", "b", "d"]), max_size=6),
)
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path_factory, noted, labelled):
    with opened(tmp_path_factory.mktemp("store")) as store:
        store.add_labels((Keys(study), pack(study)) for study in labelled)
        for number, chunk in enumerate(noted):
            store.add_notes(str(number), notes(*chunk))
        store.index()
        groups = list(store.groups())
        flat = [study for chunk in noted for study in chunk]
        assert sum(len(group.notes) for group in groups) == len(flat) == store.counts()[0]
        assert sum(len(group.labels) for group in groups) == sum(study in flat for study in labelled)
        assert len(groups) == len({study for study in flat if study}) + flat.count(None) == store.counts()[3]


class Interrupted(BaseException):
    """Stands in for Ctrl-C."""


def interrupted(folder, *chunks, stamp="run"):
    with opened(folder, stamp) as store:
        store.add_labels([(Keys("a"), pack("old label"))])
        for number, chunk in enumerate(chunks):
            store.add_notes(f"digest {number}", chunk)
        raise Interrupted


def test_an_interrupted_run_leaves_its_notes_to_the_next(tmp_path):
    reject = Reject("f", 1, "no_text", "none")
    with pytest.raises(Interrupted):
        interrupted(tmp_path, notes("a"), Packed(notes("b").notes, 1, (reject,)), notes("c"))
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl.work"]
    with opened(tmp_path) as store:
        assert store.digests() == ["digest 0", "digest 1", "digest 2"]
        assert list(store.rejects()) == [reject]
        assert store.counts()[2] == 0  # labels are read anew
        store.keep(2)
        store.add_notes("other", notes("d"))
        store.index()
        assert [texts(group)[0] for group in store.groups()] == [["a-0"], ["b-0"], ["d-0"]]
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_other_options_begins_anew(tmp_path):
    with pytest.raises(Interrupted):
        interrupted(tmp_path, notes("a"))
    with opened(tmp_path, "other") as store:
        assert store.digests() == []


def test_what_needs_no_tagging_is_not_kept(tmp_path):
    with suppress(Interrupted), opened(tmp_path) as store:
        store.add_notes("", notes("a"))
        raise Interrupted
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_nothing(tmp_path):
    with suppress(UsageError), opened(tmp_path) as store:
        store.add_notes("1", notes("a"))
        raise UsageError("something else")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_replaced(tmp_path):
    (tmp_path / "out.jsonl.work").write_bytes(random.Random(1).randbytes(5000))
    with opened(tmp_path) as store:
        assert store.digests() == []


def test_a_second_run_on_the_same_output_is_refused(tmp_path):
    with opened(tmp_path), pytest.raises(UsageError, match="another run"), opened(tmp_path):
        pass


def test_only_the_owner_may_read_it(tmp_path):
    with opened(tmp_path) as store:
        assert stat.S_IMODE(store.path.stat().st_mode) == 0o600


def test_a_full_disk_is_named(tmp_path):
    def fill():
        with opened(tmp_path) as store:
            store._db.execute("PRAGMA max_page_count = 20")
            store.add_notes("1", Packed(((Keys("a"), os.urandom(1_000_000)),)))

    with pytest.raises(UsageError, match="no space left"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_writable_is_named():
    with pytest.raises(UsageError, match="can't be written"), StudyStore(Path("/proc/out.jsonl"), "run"):
        pass


def test_for_standard_output_the_file_stands_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with suppress(Interrupted), StudyStore(Path("-"), "run") as store:
        store.add_notes("1", notes("a"))
        assert tmp_path in store.path.parents
        raise Interrupted
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [0, 1, 3, 4, 50])
def test_a_shelf_gives_back_what_it_took_again_and_again(count):
    shelf = Shelf[int](in_memory=3)
    for number in range(count):
        shelf.append(number)
    assert list(shelf) == list(shelf) == list(range(count))
    assert (len(shelf), bool(shelf)) == (count, count > 0)
    for read, _ in zip(shelf, range(2), strict=False):
        shelf.append(read + 100)  # while it is read
    assert len(list(shelf)) == len(shelf)
