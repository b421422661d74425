"""Key object selection documents (PS3.3 A.35.4, TID 2010): a title, images, and what was typed beside them."""

from typing import Any, Final

from clinnote.imaging.dicom import concepts as known
from clinnote.imaging.dicom.elements import Elements
from clinnote.imaging.dicom.header import IMAGE
from clinnote.imaging.dicom.modality import modality_of_references
from clinnote.imaging.dicom.sr_images import Images
from clinnote.imaging.dicom.sr_tree import Tree
from clinnote.imaging.dicom.sr_values import observer_of
from clinnote.imaging.dicom.study import Origin
from clinnote.imaging.sides.free_text import Note, names_a_finding, note_of
from clinnote.imaging.sides.labels import join_sides, label_id
from clinnote.model.image_label import ImageLabel, LabelFinding, Source

FORMAT: Final = "dicom-ko"
MOST_IMAGES: Final = 100
"""Images named in the metadata of a label, at most."""


def read_key_object(elements: Elements, origin: Origin) -> list[ImageLabel]:
    """One label for each text of a note, or one about the images alone (finding "image") when it has none."""
    tree = Tree(elements)
    images = Images(elements, tree)
    chosen = images.of(tree.root)
    image, series, about = images.place(chosen)
    study = origin.study
    texts = [item for item in tree.root.walk() if item.kind == "TEXT" and item.text.strip()]
    texts = [item for item in texts if item.key not in (known.PERSON_OBSERVER, known.DEVICE_OBSERVER)]
    own: dict[str, Any] = {
        "key_object": tree.root.words,
        "key_object_reasons": [item.text for item in tree.named(known.TITLE_MODIFIER)],
        "key_images": [each.uid for each in chosen[:MOST_IMAGES]],
        "key_image_count": len(chosen),
        "texts": [item.text.strip() for item in texts if not names_a_finding(item.text)],
    }
    metadata = {**study.metadata, **{key: value for key, value in own.items() if value}}
    said = [(item.path, note_of(item.text, "Key Object Description", origin.places)) for item in texts]
    found = [(path, note) for path, note in said if names_a_finding(note.text)]
    if not found and not chosen:
        return []
    labels = []
    noted: list[tuple[str, Note | None]] = [*found] or [("1", None)]
    for path, note in noted:
        sides, extra = join_sides(note.seen if note else (), None)
        labels.append(
            ImageLabel(
                label_id=label_id(FORMAT, study.image_id, path),
                study_id=about or study.study_id,
                series_id=series,
                image_id=image,
                finding=LabelFinding(note.text if note else IMAGE),
                presence=note.presence if note else "present",
                sides=sides,
                site=note.site if note else None,
                date=study.date if about in (None, study.study_id) else None,
                modality=modality_of_references(elements) or study.modality,
                annotator=observer_of(tree),
                source=Source(FORMAT, origin.file, path),
                metadata={**metadata, **extra},
            )
        )
    return labels
