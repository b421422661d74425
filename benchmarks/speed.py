"""Speed and memory beside the peers, in one run, as the tables of docs/benchmarks.md.

usage: speed.py --notes NOTES [--terms SMALL --more-terms LARGE] [--peer-python PYTHON] [--rounds 3] [--only ROW,ROW]

--notes        a JSON list of texts, or anything 'clinnote tag' reads (a folder, .csv, .jsonl, .parquet, FHIR)
--terms        table of terms (term, code; .tsv or .tsv.xz); without it the starter vocabulary's forms
--more-terms   a larger table, to show what size costs
--peer-python  an interpreter with medspacy and negspacy (make bench-peers); without it the peers are left out
--only         of: peers, length, opening, sharing, writing, jobs

Rates are characters per CPU-second of one process: load, one warm-up pass, then a timed pass over the same notes, each
system in a process of its own, the systems taking turns; the median of the rounds is shown. Only 'jobs' is wall time:
run it on a machine with nothing else to do.
"""

import argparse
import json
import lzma
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

CHILD = Path(__file__).resolve().with_name("speed_child.py")
CLINNOTE = str(Path(sys.executable).with_name("clinnote"))
ROWS = ("peers", "length", "opening", "sharing", "writing", "jobs")
PEERS = ("negspacy", "medspacy_sentencizer", "medspacy", "tokenizer")
LONG = 128_000


def texts_of(path: Path) -> list[str]:
    """The texts of a notes file."""
    if path.suffix == ".json":
        data = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data, list) and all(isinstance(text, str) for text in data):
            return data
    from clinnote.errors import Reject
    from clinnote.sources.read import read_notes

    return [item.record.text or "" for item in read_notes([path]) if not isinstance(item, Reject)]


class Bench:
    """The files of one run, and the measurements as Markdown rows."""

    def __init__(self, arguments: argparse.Namespace, folder: Path) -> None:
        self.rounds: int = arguments.rounds
        self.peer_python: str | None = arguments.peer_python
        self.folder = folder
        texts = texts_of(arguments.notes)
        joined = "\n\n".join(islice(cycle(texts), 1 + 2 * LONG // max(1, min(map(len, texts)))))
        self.texts = self._texts("notes", texts)
        self.long = self._texts("long", [joined[:LONG]] * 4)
        self.short = self._texts("short", [joined[i : i + 4000] for i in range(0, LONG, 4000)] * 4)
        self.notes, self.characters = len(texts), sum(map(len, texts))
        self.vocabularies = dict(self._vocabularies(arguments))

    def _texts(self, name: str, texts: list[str]) -> str:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(texts), encoding="utf-8")
        return str(path)

    def _vocabularies(self, arguments: argparse.Namespace) -> Iterator[tuple[str, dict[str, str | None]]]:
        """Name -> compiled vocabulary (None: the starter one) and the file of its terms."""
        for table in filter(None, (arguments.terms, arguments.more_terms)):
            with (lzma.open if table.suffix == ".xz" else open)(table, "rt", encoding="utf-8") as stream:
                forms = [line.split("\t")[0] for line in stream]
            file, terms = self.folder / f"{table.name}.vocab", self.folder / f"{table.name}.txt"
            terms.write_text("\n".join(forms), encoding="utf-8")
            if not file.exists():
                command = [CLINNOTE, "vocab", "build", "--table", str(table), "-o", str(file)]
                subprocess.run(command, check=True, capture_output=True)
            yield f"{len(forms):,} terms", {"vocabulary": str(file), "terms": str(terms)}
        if not arguments.terms:
            from clinnote.ontology.vocabularies.starter import starter_vocabulary
            from clinnote.settings import find_home

            keys = [key.strip() for key in starter_vocabulary(find_home().ontologies).keys()]  # noqa: SIM118
            terms = self.folder / "starter.txt"
            terms.write_text("\n".join(keys), encoding="utf-8")
            yield f"starter, {len(keys):,} terms", {"vocabulary": None, "terms": str(terms)}

    def measure(self, what: str, python: str = sys.executable, **setup: Any) -> dict[str, Any]:
        """Run one measurement in a process of its own."""
        command = [python, str(CHILD), what, json.dumps(setup)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{what} {setup.get('system', '')} failed: {done.stderr[-500:]}")
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result

    def peers(self) -> None:
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for _ in range(self.rounds):
            for name, files in self.vocabularies.items():
                for system in ("clinnote", *(PEERS if self.peer_python else ("tokenizer",))):
                    python = self.peer_python if self.peer_python and system != "clinnote" else sys.executable
                    if system != "tokenizer" or files is next(iter(self.vocabularies.values())):
                        result = self.measure("rate", python, system=system, texts=self.texts, **files)
                        found.setdefault((system, name), []).append(result)
        print("| system | vocabulary | thousand characters per CPU-second | load, CPU s | resident MB | mentions |")
        print("|---|---|---|---|---|---|")
        for (system, name), results in found.items():
            mid = {key: statistics.median(result[key] for result in results) for key in results[0]}
            cells = f"{mid['rate']:,.0f} | {mid['load']:.2f} | {mid['resident']:.0f} | {mid['mentions']:,.0f}"
            print(f"| {system} | {name} | {cells} |")

    def length(self) -> None:
        name, files = next(iter(self.vocabularies.items()))
        rates = {
            kind: [self.measure("rate", system="clinnote", texts=file, **files)["rate"] for _ in range(self.rounds)]
            for kind, file in (("4,000", self.short), (f"{LONG:,}", self.long))
        }
        print(f"| characters a note ({name}) | thousand characters per CPU-second |\n|---|---|")
        for kind, values in rates.items():
            print(f"| {kind} | {statistics.median(values):,.0f} |")

    def opening(self) -> None:
        empty = self.folder / "empty.vocab"
        from clinnote.ontology.vocabularies.vocabulary import Entry, build_vocabulary

        build_vocabulary([Entry("finding", ("xyzzy",))], empty)
        base = self.measure("opening", vocabulary=str(empty), texts=self.texts)
        print("| vocabulary | opening, CPU s | resident MB over an empty one | after a pass |\n|---|---|---|---|")
        for name, files in self.vocabularies.items():
            if files["vocabulary"]:
                one = self.measure("opening", texts=self.texts, **files)
                grown = f"{one['loaded'] - base['loaded']:.0f} | {one['used'] - base['used']:.0f}"
                print(f"| {name} | {one['cpu']:.3f} | {grown} |")

    def sharing(self) -> None:
        print("| vocabulary | MB of it in one process | two processes, each its share |\n|---|---|---|")
        for name, files in self.vocabularies.items():
            if files["vocabulary"]:
                seen = self.measure("sharing", texts=self.texts, **files)
                shares = " + ".join(f"{one['Pss']:.1f}" for one in seen["together"])
                print(f"| {name} | {seen['alone']['Pss']:.1f} | {shares} |")

    def writing(self) -> None:
        files = next(iter(self.vocabularies.values()))
        cost = self.measure("writing", texts=self.texts, **files)
        print("| stage | CPU s | microseconds a character |\n|---|---|---|")
        for stage in ("tag", "json", "parquet"):
            print(f"| {stage} | {cost[stage]:.3f} | {cost[stage] / self.characters * 1e6:.3f} |")
        print(f"\n{cost['bytes'] / 1e6:.1f} MB of JSON for {self.characters / 1e6:.1f} million characters")

    def jobs(self) -> None:
        """Wall time of the command on one and two processes, of many notes and of one (which is the start-up)."""
        texts = json.loads(Path(self.texts).read_text())
        times = max(1, 11_000_000 // self.characters)
        many, one = self.folder / "many.jsonl", self.folder / "one.jsonl"
        with many.open("w") as stream:
            for i, text in enumerate(islice(cycle(texts), times * len(texts))):
                stream.write(json.dumps({"note_id": str(i), "text": text}) + "\n")
        one.write_text(json.dumps({"note_id": "0", "text": texts[0]}) + "\n")
        files = next(iter(self.vocabularies.values()))
        wall: dict[tuple[str, int], list[float]] = {}
        for _ in range(self.rounds):
            for source in (many, one):
                for jobs in (1, 2):
                    wall.setdefault((source.stem, jobs), []).append(self._tag(source, jobs, files["vocabulary"]))
        same = (self.folder / "many-1.jsonl").read_bytes() == (self.folder / "many-2.jsonl").read_bytes()
        mid = {key: statistics.median(values) for key, values in wall.items()}
        print("| --jobs | wall s, start-up included | start-up | without it | times as fast |\n|---|---|---|---|---|")
        for jobs in (1, 2):
            whole, start = mid["many", jobs], mid["one", jobs]
            gain = (mid["many", 1] - mid["one", 1]) / (whole - start)
            with_start = f"{whole:.2f} ({mid['many', 1] / whole:.2f} x)"
            print(f"| {jobs} | {with_start} | {start:.2f} | {whole - start:.2f} | {gain:.2f} |")
        print(f"\n{times * self.characters / 1e6:.1f} million characters; outputs {'identical' if same else 'DIFFER'}")

    def _tag(self, source: Path, jobs: int, vocabulary: str | None) -> float:
        out = self.folder / f"{source.stem}-{jobs}.jsonl"
        command = [CLINNOTE, "tag", str(source), "-o", str(out)]
        command += ["--jobs", str(jobs), "--fresh", *(["--vocab", vocabulary] if vocabulary else [])]
        begun = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        return time.monotonic() - begun


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notes", type=Path, required=True)
    parser.add_argument("--terms", type=Path)
    parser.add_argument("--more-terms", type=Path)
    parser.add_argument("--peer-python")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(ROWS))
    parser.add_argument("--work", type=Path, help="keep compiled vocabularies here from run to run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clinnote-bench-") as folder:
        if arguments.work:
            arguments.work.mkdir(parents=True, exist_ok=True)
        bench = Bench(arguments, arguments.work or Path(folder))
        for row in arguments.only.split(","):
            print(f"\n### {row}\n", flush=True)
            getattr(bench, row)()


if __name__ == "__main__":
    main()
