"""One measurement of benchmarks/speed.py, in a process of its own: speed_child.py NAME SETUP-AS-JSON.

Runs with the peers' interpreter too, so clinnote is imported only where it is measured.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

System = Callable[[list[str]], int]
"""Processes texts; gives the number of mentions."""


def rate_of(setup: dict[str, Any]) -> dict[str, Any]:
    texts: list[str] = json.loads(Path(setup["texts"]).read_text())
    begun = time.process_time()
    work = SYSTEMS[setup["system"]](setup)
    loaded = time.process_time()
    work(texts)
    warm = time.process_time()
    found = work(texts)
    done = time.process_time()
    rate = sum(map(len, texts)) / 1000 / (done - warm)
    return {"rate": rate, "load": loaded - begun, "mentions": found, "resident": resident()["Rss"]}


def clinnote_system(setup: dict[str, Any]) -> System:
    import clinnote

    tagger = clinnote.load(setup.get("pipeline", "general"), vocab=setup["vocabulary"])
    return lambda texts: sum(len(note.mentions) for note in tagger.pipe(texts))


def tokenizer_system(_setup: dict[str, Any]) -> System:
    import spacy

    nlp = spacy.blank("en")
    return lambda texts: sum(len(doc) for doc in nlp.pipe(texts))


def medspacy_system(setup: dict[str, Any]) -> System:
    from loguru import logger

    logger.remove()
    import medspacy
    import spacy
    from medspacy.ner import TargetRule

    if setup["system"] == "medspacy":
        nlp = medspacy.load()
    else:
        nlp = spacy.blank("en")
        for name in ("sentencizer", "medspacy_target_matcher", "medspacy_context"):
            nlp.add_pipe(name)
    nlp.get_pipe("medspacy_target_matcher").add([TargetRule(term, "X") for term in terms_of(setup)])
    return lambda texts: sum(len(nlp(text).ents) for text in texts)


def negspacy_system(setup: dict[str, Any]) -> System:
    import negspacy.negation  # noqa: F401 (registers its component)
    import spacy
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher
    from spacy.util import filter_spans

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("X", [nlp.make_doc(term) for term in terms_of(setup)])

    @Language.component("phrases")
    def phrases(doc: Any) -> Any:
        doc.ents = filter_spans(matcher(doc, as_spans=True))
        return doc

    nlp.add_pipe("phrases")
    nlp.add_pipe("negex", config={"ent_types": ["X"]})
    return lambda texts: sum(len(doc.ents) for doc in nlp.pipe(texts))


SYSTEMS: dict[str, Callable[[dict[str, Any]], System]] = {
    "clinnote": clinnote_system,
    "tokenizer": tokenizer_system,
    "medspacy": medspacy_system,
    "medspacy_sentencizer": medspacy_system,
    "negspacy": negspacy_system,
}


def terms_of(setup: dict[str, Any]) -> list[str]:
    return Path(setup["terms"]).read_text(encoding="utf-8").split("\n")


def resident(pid: int | str = "self") -> dict[str, float]:
    """Megabytes by kind (Rss, Pss, Shared_Clean, ...) of a process; Linux only, empty elsewhere."""
    file = Path(f"/proc/{pid}/smaps_rollup")
    if not file.exists():
        return {"Rss": float("nan"), "Pss": float("nan")}
    rows = (line.split() for line in file.read_text().splitlines()[1:])
    return {row[0].rstrip(":"): int(row[1]) / 1024 for row in rows}


def opening(setup: dict[str, Any]) -> dict[str, Any]:
    """CPU of the first opening in a process, then what a pipeline with it holds after a pass over the notes."""
    from clinnote.ontology.vocabularies.vocabulary import Vocabulary

    begun = time.process_time()
    if setup["vocabulary"]:
        Vocabulary.open(Path(setup["vocabulary"]))
    opened = time.process_time() - begun
    work = clinnote_system(setup)
    loaded = resident()
    work(json.loads(Path(setup["texts"]).read_text()))
    used = resident()
    return {"cpu": opened, "loaded": loaded["Rss"], "used": used["Rss"]}


def sharing(setup: dict[str, Any]) -> dict[str, Any]:
    """Proportional memory (Pss) of two processes that have both used one vocabulary, and of one alone."""
    held = []
    for _ in range(2):
        command = [sys.executable, __file__, "hold", json.dumps(setup)]
        held.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        if held[-1].stdout.readline() != b"ready\n":
            raise SystemExit("a process that should hold the vocabulary ended")
        if len(held) == 1:
            alone = _mapped(held[0].pid, setup["vocabulary"])
    together = [_mapped(process.pid, setup["vocabulary"]) for process in held]
    for process in held:
        process.communicate()
    return {"alone": alone, "together": together}


def _mapped(pid: int, file: str) -> dict[str, float]:
    """Megabytes of one mapped file in a process: Rss and its share of it, Pss."""
    found, at = {"Rss": 0.0, "Pss": 0.0}, False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, _, value = line.partition(":")
        if "-" in name.split(" ")[0]:
            at = line.endswith(Path(file).name)
        elif at and name in found:
            found[name] += int(value.split()[0]) / 1024
    return found


def hold(setup: dict[str, Any]) -> dict[str, Any]:
    """Use a vocabulary, say so, and stay until standard input ends."""
    work = clinnote_system(setup)  # held until the end
    work(json.loads(Path(setup["texts"]).read_text()))
    print("ready", flush=True)
    sys.stdin.read()
    return {}


def writing(setup: dict[str, Any]) -> dict[str, Any]:
    """CPU seconds of tagging, and of making JSON lines and Arrow tables of the results."""
    import clinnote
    from clinnote.model.mention import TaggedNote
    from clinnote.store import parquet
    from clinnote.store.json_text import dump_line

    texts = json.loads(Path(setup["texts"]).read_text())
    tagger = clinnote.load(vocab=setup["vocabulary"])
    list(tagger.pipe(texts))
    clock = time.process_time
    begun = clock()
    notes = list(tagger.pipe(texts))
    tagged = clock()
    size = sum(len(dump_line(note)) for note in notes)
    dumped = clock()
    parquet.to_bytes(notes, TaggedNote)
    return {"tag": tagged - begun, "json": dumped - tagged, "parquet": clock() - dumped, "bytes": size}


CHILDREN: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "rate": rate_of,
    "opening": opening,
    "sharing": sharing,
    "hold": hold,
    "writing": writing,
}


if __name__ == "__main__":
    print(json.dumps(CHILDREN[sys.argv[1]](json.loads(sys.argv[2]))))
