"""Working files are the user's alone: what another could have written is not read back."""

import os

import pytest

from clinnote.errors import UsageError
from clinnote.model.image_label import ImageLabel
from clinnote.store.private import open_private
from clinnote.store.spool import Spool, files_of_spool
from clinnote.workflow.study_store import _connect

posix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no owner here")


@posix
def test_a_new_file_is_its_owners_alone_and_is_opened_again(tmp_path):
    path = tmp_path / "a.work"
    for _ in range(2):
        os.close(open_private(path))
    assert path.stat().st_mode & 0o777 == 0o600


@posix
def test_a_file_that_others_may_write_is_refused(tmp_path):
    path = tmp_path / "a.work"
    path.touch()
    path.chmod(0o666)
    with pytest.raises(UsageError, match="delete it, or name another output"):
        open_private(path)
    with pytest.raises(UsageError, match="others may have written"):
        _connect(path)


@posix
def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "b").touch()
    (tmp_path / "a.work").symlink_to(tmp_path / "b")
    with pytest.raises(OSError, match=r"symbolic links|Too many"):
        open_private(tmp_path / "a.work")


@posix
@pytest.mark.parametrize("which", [0, 1])
def test_parts_of_a_scratch_run_that_others_may_write_are_not_read(tmp_path, which):
    path = files_of_spool(tmp_path / "out.work")[which]
    path.touch()
    path.chmod(0o666)
    with (
        pytest.raises(UsageError, match="others may have written"),
        Spool(tmp_path / "out.work", ImageLabel, {}, scratch=True),
    ):
        pass
