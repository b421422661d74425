"""What one process does for a check: tag notes and pack them for the working file, and compare studies."""

from collections.abc import Sequence
from pathlib import Path

from clinnote import logs
from clinnote.crosscheck.engine import check_study
from clinnote.crosscheck.knowledge import Knowledge, load_knowledge
from clinnote.crosscheck.pairing import keys_of_note
from clinnote.crosscheck.results import StudyResult
from clinnote.errors import Reject
from clinnote.imaging.sides.pictures import settle
from clinnote.imaging.sides.places import Places, load_places
from clinnote.settings import Home
from clinnote.workflow.study_store import Group, Packed, pack, unpack
from clinnote.workflow.tag_options import Item, TagOptions
from clinnote.workflow.tag_work import NoteTagger


class NotePacker:
    """Notes to packed tagged notes; tagged ones are taken as they are."""

    def __init__(self, options: TagOptions) -> None:
        self._tag = NoteTagger(options, keep_tagged=True)

    def __call__(self, items: Sequence[Item]) -> Packed:
        """The packed notes of one chunk."""
        results = [self._tag(item) for item in items]
        tagged = [result for result in results if not isinstance(result, Reject)]
        return Packed(
            tuple((keys_of_note(note), pack(note)) for note in tagged),
            sum(len(note.mentions) for note in tagged),
            tuple(result for result in results if isinstance(result, Reject)),
        )


class StudyChecker:
    """Studies to what the cross-check says of them."""

    def __init__(self, knowledge: Knowledge, places: Places) -> None:
        self._knowledge = knowledge
        self._places = places

    def __call__(self, groups: Sequence[Group]) -> list[StudyResult]:
        """One result a study, in order."""
        return [
            check_study(
                [unpack(note) for note in group.notes],
                settle([unpack(label) for label in group.labels], self._places),
                self._knowledge,
            )
            for group in groups
        ]


def note_packer(options: TagOptions) -> NotePacker:
    """:class:`NotePacker` in a worker process."""
    logs.configure()
    return NotePacker(options)


def study_checker(home: Path) -> StudyChecker:
    """:class:`StudyChecker` in a worker process."""
    logs.configure()
    return StudyChecker(load_knowledge(Home(home)), load_places(Home(home)))
