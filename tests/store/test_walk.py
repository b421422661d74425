"""Files of a folder."""

import os

from clinnote.errors import Reject
from clinnote.store.walk import files_under


def test_files_come_by_name_and_what_can_not_be_entered_is_named(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.txt").write_text("")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    (tmp_path / "c.txt").symlink_to(tmp_path / "c.txt")
    (tmp_path / "d.txt").symlink_to("gone")
    (tmp_path / "e.txt").symlink_to(tmp_path / "b" / "2.txt")
    found = [f.reason if isinstance(f, Reject) else f.name for f in files_under(tmp_path)]
    assert found == ["2.txt", "linked_folder", "broken_link", "broken_link", "e.txt"]


def test_a_folder_that_can_not_be_listed_is_named(tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "a.txt").write_text("")
    listed = os.scandir

    def scandir(path):
        if os.fspath(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(closed))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    readable, unreadable = files_under(tmp_path)
    assert readable == tmp_path / "a.txt"
    assert (unreadable.file, unreadable.reason, unreadable.skipped) == (str(closed), "unreadable_folder", False)
