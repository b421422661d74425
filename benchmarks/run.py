"""All figures of docs/benchmarks.md in one run: each command is printed with what it measured.

usage: run.py [--data DIR] [--measure DIR] [--peer-python PYTHON] [--work DIR] [--only NAME ...]
--data     folder with the evaluation data (openi-dev.tgz, negex/, jsrt-dev/, dicom/, aci-bench/, speed/)
--measure  folder with the judging scripts (openi_check.py, context_kit.py, jsrt_check.py, speed.py)
--peer-python  interpreter with medspacy and negspacy (make bench-peers)
--work     where compiled vocabularies are kept from run to run
What is not there is named and left out.
"""

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def steps(data: Path, measure: Path, peer_python: Path, work: Path) -> dict[str, tuple[list[Path], str]]:
    """Name -> (files it needs, command)."""
    clinnote = BIN / "clinnote"
    openi, kit, jsrt = data / "openi-dev.tgz", data / "negex/context-kit-half0.tsv", data / "jsrt-dev"
    python = sys.executable
    aci, speed = data / "aci-bench/aci_notes.json", data / "speed"
    terms, more_terms = speed / "terms-10k.tsv.xz", speed / "terms-400k.tsv.xz"
    judge = f"{python} {measure}/speed.py --notes {aci} --terms {terms}"
    peer = f" --work {work}" + (f" --peer-python {peer_python}" if peer_python.exists() else "")
    return {
        "demo": ([ROOT / "demo"], f"{clinnote} demo --out /dev/shm/clinnote-demo"),
        "codes": ([ROOT / "ontologies"], f"{clinnote} vocab verify"),
        "codes with the reference set": (
            [data / "snomed-gps/ValueSet-snomed-intl-gps.json"],
            f"{clinnote} vocab verify --reference {data}/snomed-gps/ValueSet-snomed-intl-gps.json",
        ),
        "sides of coded findings": ([openi], f"{python} {ROOT}/benchmarks/openi_sides.py --xml {openi}"),
        "recall of every coded heading": ([openi], f"{python} {ROOT}/benchmarks/openi_recall.py --xml {openi}"),
        "headings and time expressions": (
            [aci, data / "e3c-dev", data / "maccrobat-dev"],
            (
                f"{python} {ROOT}/benchmarks/headings_and_time.py --notes {aci} --e3c {data}/e3c-dev"
                f" --maccrobat {data}/maccrobat-dev"
            ),
        ),
        "cross-check": (
            [openi, measure / "openi_check.py"],
            f"{python} {measure}/openi_check.py --xml {openi} --clinnote {clinnote}",
        ),
        "words against coordinates": (
            [jsrt, measure / "jsrt_check.py"],
            f"{python} {measure}/jsrt_check.py --csv {jsrt}/jsrt_metadata_dev.csv --clinnote {clinnote}",
        ),
        "context": (
            [kit, measure / "context_kit.py"],
            f"{python} {measure}/context_kit.py --kit {kit} --half 0 --clinnote {clinnote}",
        ),
        "context of given targets beside medspaCy": (
            [data / "e3c-dev", data / "maccrobat-dev", kit],
            f"{python} {ROOT}/benchmarks/context_sets.py --data {data}"
            + (f" --peer-python {peer_python}" if peer_python.exists() else ""),
        ),
        "speed beside the peers": (
            [aci, terms, more_terms],
            f"{python} {ROOT}/benchmarks/speed.py --notes {aci} --terms {terms} --more-terms {more_terms}{peer}",
        ),
        "speed as it is judged": (
            [aci, terms, measure / "speed.py", peer_python],
            f"{judge} --vocab {work}/{terms.name}.vocab --peer-python {peer_python}",
        ),
    }


def steps_of_places(data: Path) -> dict[str, tuple[list[Path], str]]:
    """The same for places, sides and the cross-check."""
    python, openi = sys.executable, data / "openi-dev.tgz"
    boxes, shapes = data / "nih-boxes/BBox_List_2017.csv.gz", data / "chestx-det/ChestX_Det_test.json"
    return {
        "contradictions inside reports": ([openi], f"{python} {ROOT}/benchmarks/openi_internal.py --xml {openi}"),
        "sides of chest boxes": (
            [boxes, shapes],
            f"{python} {ROOT}/benchmarks/chest_boxes.py --nih {boxes} --chestx-det {shapes}",
        ),
        "reading DICOM labels": ([], f"{python} {ROOT}/benchmarks/sr_reading.py"),
        "check at scale": (
            [],
            f"{python} {ROOT}/benchmarks/check_scale.py --only raw --studies 1000 10000 --jobs 2",
        ),
        "the report page": ([], f"{python} {ROOT}/benchmarks/report_page.py"),
    }


def main() -> int:
    """Run what can be run; the exit code is that of the worst step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    parser.add_argument("--measure", type=Path, default=ROOT.parent / "shared/measure")
    parser.add_argument("--peer-python", type=Path, default=ROOT / ".venv-peers/bin/python")
    parser.add_argument("--work", type=Path, default=ROOT / "build/bench")
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    folders = arguments.data, arguments.measure, arguments.peer_python, arguments.work
    worst = 0
    for name, (needs, command) in (steps(*folders) | steps_of_places(arguments.data)).items():
        if arguments.only and name not in arguments.only:
            continue
        missing = [str(path) for path in needs if not path.exists()]
        if missing:
            print(f"== {name}: left out, needs {', '.join(missing)}")
            continue
        print(f"== {name}\n   {command}", flush=True)
        started = time.monotonic()
        done = subprocess.run(shlex.split(command), check=False)
        print(f"   {time.monotonic() - started:.1f} s, exit code {done.returncode}", flush=True)
        worst = max(worst, done.returncode if done.returncode != 1 else 0)
    return worst


if __name__ == "__main__":
    sys.exit(main())
