"""``demo``: the whole main job on the bundled synthetic studies."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clinnote.errors import UsageError
from clinnote.model.mention import TaggedNote
from clinnote.settings import Home
from clinnote.sources.placed import Placed
from clinnote.sources.read import SourceOptions, read_notes
from clinnote.store.records import RecordWriter
from clinnote.workflow.checking import CheckFiles, CheckSummary, check_files
from clinnote.workflow.imaging import ImagesSummary, read_images
from clinnote.workflow.tagging import TagOptions, TagSummary, tag_files


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo did, stage by stage, and where it wrote."""

    tagged: TagSummary
    images: ImagesSummary
    checked: CheckSummary
    report: Path


def run_demo(home: Home, out: Path, started: str) -> DemoResult:
    """Tag, read the labels, check, and write everything to the folder ``out``.

    Raises:
        UsageError: the demo data is missing, or ``out`` can't be written.
    """
    if not (home.demo / "notes").is_dir():
        raise UsageError(f"{home.demo}: the demo data is missing; reinstall clinnote or set CLINNOTE_HOME")
    options = TagOptions(home, "radiology", started=started)
    tagged_file, labels_file = out / "tagged.jsonl", out / "labels.jsonl"
    tagged = tag_files([home.demo / "notes"], tagged_file, options, SourceOptions())
    images = read_images([home.demo / "labels"], labels_file, home, root=home.root)
    report = out / "report.html"
    files = CheckFiles((tagged_file,), out / "conflicts.jsonl", (labels_file,), report)
    checked = check_files(files, options, SourceOptions())
    _as_parquet(tagged_file, out / "tagged.parquet")
    return DemoResult(tagged, images, checked, report)


def _as_parquet(source: Path, target: Path) -> None:
    with RecordWriter(target, TaggedNote) as writer:
        for tagged in _tagged(source):
            writer.write(tagged)


def _tagged(path: Path) -> Iterator[TaggedNote]:
    for item in read_notes([path]):
        if isinstance(item, Placed) and isinstance(item.record, TaggedNote):
            yield item.record
