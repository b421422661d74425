"""Tagging on several processes, and going on after an interruption. Processes are really killed here."""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinnote.errors import RecordError, Reject, UsageError
from clinnote.model.note import Note
from clinnote.settings import find_home
from clinnote.sources.placed import Placed
from clinnote.sources.read import SourceOptions
from clinnote.store.spool import Spool
from clinnote.workflow.crew import Crew
from clinnote.workflow.tag_options import Batch, chunks, given_up, length, merged
from clinnote.workflow.tagging import TagOptions, run_path, tag_files, tag_notes

PATIENCE = 120
"""How long a condition may take to come true on a busy machine."""


class Killer:
    """Ends every process that unpickles it, as a lack of memory would."""

    def __reduce__(self):
        return (os._exit, (9,))


def placed(number, text="No pneumothorax. Small left pleural effusion, 8 mm nodule in the right upper lobe."):
    return Placed(Note(f"n{number}", text), "notes.jsonl", number)


def until(condition):
    """Wait for a condition of another process or thread."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        os.sched_yield()


# chunks


ITEMS = st.lists(
    st.one_of(
        st.integers(0, 40).map(lambda n: Placed(Note("n", "x" * n), "f", 1)),
        st.just(Reject("f", 1, "not_json", "no")),
    ),
    max_size=60,
)


@given(items=ITEMS, characters=st.integers(1, 80), most=st.integers(1, 9))
def test_chunks_hold_every_item_once_and_in_order(items, characters, most):
    made = list(chunks(items, characters, most))
    assert [item for chunk in made for item in chunk] == items
    assert all(1 <= len(chunk) <= most for chunk in made)
    assert all(sum(map(length, chunk[:-1])) < characters for chunk in made)
    full = [len(chunk) == most or sum(map(length, chunk)) >= characters for chunk in made]
    assert all(full[:-1])


@given(items=ITEMS, cut=st.integers(0, 60))
def test_the_chunks_of_a_beginning_are_the_first_chunks_of_the_whole(items, cut):
    whole, part = list(chunks(items, 50, 7)), list(chunks(items[:cut], 50, 7))
    assert part[:-1] == whole[: max(len(part) - 1, 0)]


@given(st.lists(st.builds(Batch, st.binary(max_size=4), st.integers(0, 9), st.integers(0, 9)), max_size=5))
def test_merging_keeps_the_order_and_the_sums(batches):
    whole = merged(batches)
    assert whole.payload == b"".join(batch.payload for batch in batches)
    assert (whole.notes, whole.mentions) == (sum(b.notes for b in batches), sum(b.mentions for b in batches))


# the crew


def doubling(*_setup):
    """Work of the crew tests: doubles numbers; a negative one ends its process, -1 only as long as a file is there."""
    flag = Path(_setup[0]) if _setup else None

    def work(numbers):
        for number in numbers:
            if number < -1:
                os._exit(9)
            if number == -1 and flag is not None and flag.exists():
                flag.unlink()
                os.kill(os.getpid(), signal.SIGKILL)
        return [2 * number for number in numbers]

    return work


def refusing(*_setup):
    raise UsageError("no such pipeline")


def dying(*_setup):
    os._exit(9)


def crew(jobs, work="doubling"):
    return Crew(jobs, f"{__name__}:{work}", lambda number: [f"lost {number}"])


def flat(results):
    return [value for batch in results for result in batch for value in result]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_come_in_the_order_of_the_batches(jobs):
    with crew(jobs) as team:
        team.prepare()
        assert flat(team.map([n, n + 1] for n in range(0, 40, 2))) == [2 * n for n in range(40)]


def test_an_item_that_ends_its_worker_once_is_done_in_the_next(tmp_path):
    flag = tmp_path / "flag"
    flag.touch()
    with crew(1) as team:
        team.prepare(str(flag))
        assert flat(team.map([[1, -1, 2], [3]])) == [2, -2, 4, 6]
    assert not flag.exists()


def test_an_item_that_ends_every_worker_is_given_up_and_the_rest_is_done():
    with crew(2) as team:
        team.prepare()
        assert flat(team.map([[1, -5, 2], [3, 4], [-6], [5]])) == [2, "lost -5", 4, 6, 8, "lost -6", 10]


@pytest.mark.parametrize(
    ("work", "message"), [("refusing", "no such pipeline"), ("dying", "ended before they are ready")]
)
def test_work_that_can_not_begin_is_told_once(work, message):
    with crew(2, work) as team:
        team.prepare()
        with pytest.raises(UsageError, match=message):
            team.about()


def test_leaving_the_crew_in_the_middle_ends_its_processes():
    with crew(2) as team:
        team.prepare()
        pids = [worker._process.pid for worker in team._workers]
        assert next(team.map([n] for n in range(1000))) == [[0]]
    assert all(worker._process.exitcode is not None for worker in team._workers)
    assert len(pids) == 2


# notes through the crew


def test_a_note_that_ends_each_worker_is_set_aside_with_its_reason_and_the_rest_is_tagged():
    bad = Placed(Note("bad", "x", metadata={"trap": Killer()}), "notes.jsonl", 2)
    items = [placed(1), bad, placed(3)]
    first, second, third = tag_notes(items, TagOptions(find_home(), "radiology"), jobs=2)
    assert isinstance(second, Reject)
    assert (second.file, second.line, second.reason) == ("notes.jsonl", 2, "worker_died")
    assert [first, third] == list(tag_notes([placed(1), placed(3)], TagOptions(find_home(), "radiology")))


def test_a_reject_is_never_given_up():
    reject = Reject("a.jsonl", 1, "not_json", "not JSON")
    assert given_up(reject) is reject


# files


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Notes for about a dozen chunks, with one line that is no JSON and one note that Parquet can't hold."""
    path = tmp_path_factory.mktemp("notes") / "notes.jsonl"
    body = "FINDINGS: No pneumothorax. 8 mm nodule in the left upper lobe.\n" + "-" * 5000  # quick to tag
    objects = [{"note_id": f"n{i}", "text": f"Note {i}. {body}", "site": {"ward": i}} for i in range(150)]
    lines = [json.dumps(o) for o in objects]
    lines[40] = "{broken"
    lines[90] = json.dumps({"note_id": "surrogate", "text": "cough \ud800 and fever"})
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def whole(notes, tmp_path_factory):
    """Output and rejects of an undisturbed run in one process, by ending."""
    folder = tmp_path_factory.mktemp("whole")
    for ending in ("jsonl", "parquet"):
        tag_files([notes], folder / f"out.{ending}", TagOptions(find_home()), SourceOptions())
        (folder / "out.rejects.jsonl").rename(folder / f"{ending}.rejects")
    return {
        e: ((folder / f"out.{e}").read_bytes(), (folder / f"{e}.rejects").read_bytes()) for e in ("jsonl", "parquet")
    }


def assert_same(out, whole):
    output, rejects = whole[out.suffix[1:]]
    assert out.read_bytes() == output
    assert out.with_name("out.rejects.jsonl").read_bytes().replace(str(out).encode(), b"") == rejects
    assert sorted(p.name for p in out.parent.iterdir() if "partial" in p.name or "journal" in p.name) == []


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_two_processes_write_the_same_bytes_as_one(notes, whole, tmp_path, ending):
    out = tmp_path / f"out.{ending}"
    times = iter(["2026-01-01T00:00:00+00:00", "2026-01-01T00:01:00+00:00"])
    tag_files([notes], out, TagOptions(find_home()), SourceOptions(), jobs=2, now=lambda: next(times))
    assert_same(out, whole)
    account = json.loads(run_path(out).read_text())
    assert (account["started"], account["finished"]) == ("2026-01-01T00:00:00+00:00", "2026-01-01T00:01:00+00:00")
    assert (account["notes"], account["rejects"]) == ((149, 1) if ending == "jsonl" else (148, 2))


def interrupt_after(parts):
    seen = []

    def progress(_notes, _characters, _resumed):
        seen.append(1)
        if len(seen) == parts:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_run_goes_on_and_ends_with_the_same_bytes(notes, whole, tmp_path, ending, jobs):
    out = tmp_path / f"out.{ending}"
    with pytest.raises(KeyboardInterrupt):
        tag_files([notes], out, TagOptions(find_home()), SourceOptions(), jobs, progress=interrupt_after(4))
    assert not out.exists()
    told = []
    summary = tag_files(
        [notes], out, TagOptions(find_home()), SourceOptions(), jobs, progress=lambda *seen: told.append(seen)
    )
    assert 0 < summary.resumed < 150
    assert sum(items for items, _, _ in told) == 150
    assert [resumed for _, _, resumed in told] == sorted((r for _, _, r in told), reverse=True)
    assert_same(out, whole)


@pytest.mark.parametrize("damage", ["half a line", "another byte", "a lost file", "another run"])
def test_a_damaged_beginning_is_done_again(notes, whole, tmp_path, damage):
    out = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        tag_files([notes], out, TagOptions(find_home()), SourceOptions(), progress=interrupt_after(4))
    partial, journal = tmp_path / "out.jsonl.partial", tmp_path / "out.jsonl.journal"
    if damage == "half a line":
        journal.write_bytes(journal.read_bytes()[:-20])
    elif damage == "another byte":
        data = bytearray(partial.read_bytes())
        data[len(data) // 2] ^= 1
        partial.write_bytes(data)
    elif damage == "a lost file":
        partial.unlink()
    else:
        journal.write_bytes(journal.read_bytes().replace(b'"given": false', b'"given": true'))
    tag_files([notes], out, TagOptions(find_home()), SourceOptions())
    assert_same(out, whole)


def test_notes_that_changed_after_the_interruption_are_tagged_as_they_are_now(notes, tmp_path):
    mine, out, fresh = tmp_path / "notes.jsonl", tmp_path / "out.jsonl", tmp_path / "fresh.jsonl"
    mine.write_bytes(notes.read_bytes())
    with pytest.raises(KeyboardInterrupt):
        tag_files([mine], out, TagOptions(find_home()), SourceOptions(), progress=interrupt_after(5))
    lines = mine.read_text().splitlines(keepends=True)
    lines[30] = lines[30].replace("No pneumothorax", "Pneumothorax")
    mine.write_text("".join(lines[:120]))
    summary = tag_files([mine], out, TagOptions(find_home()), SourceOptions())
    tag_files([mine], fresh, TagOptions(find_home()), SourceOptions())
    assert 0 < summary.resumed < 30
    assert out.read_bytes() == fresh.read_bytes()


def test_fresh_begins_anew(notes, tmp_path):
    out = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        tag_files([notes], out, TagOptions(find_home()), SourceOptions(), progress=interrupt_after(4))
    assert tag_files([notes], out, TagOptions(find_home()), SourceOptions(), fresh=True).resumed == 0


def test_strict_stops_at_a_note_that_can_not_be_read_and_leaves_nothing(notes, tmp_path):
    with pytest.raises(RecordError, match=r":\d+: .*--strict"):
        tag_files([notes], tmp_path / "out.jsonl", TagOptions(find_home()), SourceOptions(), strict=True)
    assert list(tmp_path.iterdir()) == []


def test_two_runs_on_one_output_are_refused(tmp_path):
    out = tmp_path / "out.jsonl"
    with Spool(out, Note, {}), pytest.raises(UsageError, match="another run"), Spool(out, Note, {}):
        pass


# whole processes


def start(clinnote_command, folder, *arguments):
    return subprocess.Popen(
        [clinnote_command, "tag", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def journal_lines(folder, ending):
    file = folder / f"out.{ending}.journal"
    return file.read_bytes().count(b"\n") if file.exists() else 0


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid):
    """Worker processes of a run (the tracker that Python starts beside them is none)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"spawn_main" in (stat.parent / "cmdline").read_bytes():
                found.append(int(stat.parent.name))
        except OSError:
            continue
    return found


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")


@needs_proc
@pytest.mark.parametrize(("ending", "jobs"), [("jsonl", 1), ("jsonl", 2), ("parquet", 2)])
def test_a_run_that_is_killed_goes_on_and_no_worker_outlives_it(notes, whole, tmp_path, clinnote_command, ending, jobs):
    command = (notes, "-o", f"out.{ending}", "--jobs", jobs)
    process = start(clinnote_command, tmp_path, *command)
    until(lambda: journal_lines(tmp_path, ending) > 2 or process.poll() is not None)
    workers = children(process.pid)
    process.kill()
    process.communicate()
    assert len(workers) == (jobs if jobs > 1 else 0)
    until(lambda: not any(map(alive, workers)))
    again = start(clinnote_command, tmp_path, *command)
    _, told = again.communicate()
    assert again.returncode == 2, told  # the rejects
    assert b"went on behind" in told
    assert_same(tmp_path / f"out.{ending}", whole)


@needs_proc
def test_a_worker_that_is_killed_changes_nothing(notes, whole, tmp_path, clinnote_command):
    process = start(clinnote_command, tmp_path, notes, "-o", "out.jsonl", "--jobs", 2)
    until(lambda: journal_lines(tmp_path, "jsonl") > 1 or process.poll() is not None)
    victim = children(process.pid)[0]
    os.kill(victim, signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == 2, told
    assert not alive(victim)
    assert_same(tmp_path / "out.jsonl", whole)


def test_progress_is_silent_in_a_pipe(notes, tmp_path, clinnote_command):
    process = start(clinnote_command, tmp_path, notes, "-o", "out.jsonl")
    _, told = process.communicate()
    assert b"\r" not in told
    assert b"/s" not in told


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_on_a_terminal_tells_rate_and_time_left(notes, tmp_path, clinnote_command):
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 150, 0, 0))
    process = subprocess.Popen(
        [clinnote_command, "tag", str(notes), "-o", "out.jsonl"],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "TERM": "xterm"},
        stderr=theirs,
    )
    os.close(theirs)
    shown = bytearray()

    def read():
        try:
            while data := os.read(ours, 65536):
                shown.extend(data)
        except OSError:  # the terminal is gone with the last process that held it
            pass

    reader = threading.Thread(target=read)
    reader.start()
    process.wait()
    reader.join()
    os.close(ours)
    assert b"notes/s" in shown or b"s/ notes" in shown
    assert b"characters/s" in shown
    assert b"/150" in shown
    assert b"<" in shown  # time left
