"""medspaCy on given targets: JSON Lines in, the same with is_negated, is_uncertain … of each target out.

Runs under an interpreter that has medspaCy; knows nothing of clinnote. ``medspacy`` is medspaCy as ``medspacy.load()``
makes it (PyRuSH sentences), ``sentencizer`` has spaCy's sentence splitter in PyRuSH's place, ``one`` takes the whole
text for one sentence. Targets are a span group, so that overlapping ones are all judged.

usage: context_peer.py medspacy|sentencizer IN.jsonl OUT.jsonl
"""

import json
import sys
from pathlib import Path

from loguru import logger

logger.remove()  # PyRuSH writes the note's text to the log

import medspacy  # noqa: E402
import spacy  # noqa: E402
from medspacy.context import ConText  # noqa: E402

GROUP = "medspacy_spans"
FLAGS = ("negated", "uncertain", "historical", "hypothetical", "family")


def build(kind):
    nlp = medspacy.load()
    nlp.remove_pipe("medspacy_target_matcher")
    if kind != "medspacy":
        nlp.remove_pipe("medspacy_pyrush")
        nlp.add_pipe("sentencizer", first=True)
    nlp.remove_pipe("medspacy_context")
    context = ConText(nlp, input_span_type="group", span_group_name=GROUP)
    return nlp, context


def main(kind, source, target):
    nlp, context = build(kind)
    with Path(source).open(encoding="utf-8") as lines, Path(target).open("w", encoding="utf-8") as out:
        for line in lines:
            note = json.loads(line)
            doc = nlp(note["text"])
            spans = [doc.char_span(m["start"], m["end"], "T", alignment_mode="expand") for m in note["mentions"]]
            doc.spans[GROUP] = spans
            context(doc)
            said = [{name: bool(getattr(s._, f"is_{name}")) for name in FLAGS} for s in spans]
            out.write(json.dumps({"note_id": note["note_id"], "said": said}) + "\n")
    print(f"medspacy {medspacy.__version__}, spacy {spacy.__version__}")


if __name__ == "__main__":
    main(*sys.argv[1:4])
