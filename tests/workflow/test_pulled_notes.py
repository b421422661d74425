"""What is joined to pulled notes."""

from clinnote.model.mention import TaggedNote
from clinnote.store.records import RecordWriter
from clinnote.workflow.label_studio import _kept_at_home, _rejoin

PUSHED = TaggedNote("n", "a" * 64, "text", "p", "1.2.3", None, "radiology report", "2026-01-02", {"ward": "B2"})


def test_what_stayed_at_home_is_joined_again(tmp_path):
    path = tmp_path / "tagged.jsonl"
    with RecordWriter(path, TaggedNote) as writer:
        writer.write(PUSHED)
    kept = _kept_at_home(path)
    pulled = TaggedNote("n", "a" * 64, "text", metadata={"annotation": {"id": 7}})
    joined = _rejoin(pulled, kept[("n", "a" * 64)])
    assert (joined.patient_id, joined.study_id, joined.date) == ("p", "1.2.3", "2026-01-02")
    assert joined.metadata == {"ward": "B2", "annotation": {"id": 7}}
    assert joined.text == "text"


def test_a_note_whose_text_changed_is_not_joined(tmp_path):
    path = tmp_path / "tagged.jsonl"
    with RecordWriter(path, TaggedNote) as writer:
        writer.write(PUSHED)
    assert ("n", "b" * 64) not in _kept_at_home(path)


def test_what_the_server_sent_back_stays():
    pulled = TaggedNote("n", "a" * 64, study_id="9.9")
    assert _rejoin(pulled, PUSHED).study_id == "9.9"
