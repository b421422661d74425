"""Tagging on several processes."""

import os

import pytest

from clinnote.errors import UsageError
from clinnote.settings import find_home
from clinnote.workflow.tagging import TagOptions, tag_notes


class Killer:
    """Ends the process that unpickles it, as a lack of memory would."""

    def __reduce__(self):
        return (os._exit, (9,))


def test_a_worker_that_is_ended_from_outside_is_named_and_nothing_hangs():
    with pytest.raises(UsageError, match="worker process was ended"):
        list(tag_notes([Killer()], TagOptions(find_home()), jobs=2))
