"""Records made by the fast ``__init__`` are frozen dataclasses in every other respect."""

import copy
import pickle
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from clinnote.model.mention import Evidence, Mention
from clinnote.model.record import record


@record
class Quick:
    """A record under test."""

    place: int
    words: str = "none"
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plain:
    """The same, as dataclasses make it."""

    place: int
    words: str = "none"
    extra: Mapping[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize("values", [(1,), (1, "two"), (1, "two", {"three": 3})])
def test_has_the_fields_of_the_dataclass(values):
    assert asdict(Quick(*values)) == asdict(Plain(*values))
    assert repr(Quick(*values)).removeprefix("Quick") == repr(Plain(*values)).removeprefix("Plain")
    assert [f.name for f in fields(Quick)] == [f.name for f in fields(Plain)]


def test_is_frozen_and_has_no_other_attributes():
    made = Quick(1)
    with pytest.raises(FrozenInstanceError):
        made.place = 2
    with pytest.raises((AttributeError, TypeError)):
        object.__setattr__(made, "other", 2)
    assert is_dataclass(Quick)
    assert type(made) is Quick


def test_missing_and_unknown_arguments_are_refused():
    with pytest.raises(TypeError):
        Quick()
    with pytest.raises(TypeError):
        Quick(1, colour="red")


def test_each_record_gets_its_own_default():
    assert Quick(1).extra is not Quick(1).extra


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda r: pickle.loads(pickle.dumps(r)), replace])
def test_copies_are_equal(again):
    mention = Mention("id", 3, 8, "nodes", "finding", evidence=(Evidence("rule", 0, 2, "polarity=negated"),))
    assert again(mention) == mention
    assert again(mention) != replace(mention, start=4)


def test_equal_records_have_one_hash():
    assert hash(Evidence("rule", 0, 2, "x=y")) == hash(Evidence("rule", 0, 2, "x=y"))
