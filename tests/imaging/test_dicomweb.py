"""DICOMweb servers as they are: cut off, busy, deaf to the offset, wrong in form; on 127.0.0.1, in this process."""

import json
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from imaging_objects import FINDING, LEFT, LUNG, NODULE, dx, group, item, site, sr
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

from clinnote.errors import RecordError, ServerError, UsageError
from clinnote.imaging.dicomweb.address import Login, find_login, is_address, pacs_options, study_query
from clinnote.imaging.dicomweb.http import Server
from clinnote.imaging.dicomweb.multipart import objects_in
from clinnote.settings import find_home
from clinnote.store.spool import Spool
from clinnote.workflow.pacs import PacsJob, read_pacs

REPORT = sr(group(item("CODE", FINDING, NODULE), site(LUNG, LEFT)))
FILM = dx(ImageLaterality="L", BodyPartExamined="KNEE")
STUDY, SERIES, INSTANCE, CLASS, MODALITY, COUNT = "0020000D", "0020000E", "00080018", "00080016", "00080060", "00201208"


def one(tag, value):
    return {tag: {"vr": "UI", "Value": [value]}}


@dataclass
class Call:
    """One request: the path below the root, its query, and its number from 1."""

    path: str
    query: dict
    number: int


class FakePacs:
    """Studies of one report each (two, where ``films`` is set: report and film), and hooks to misbehave with.

    ``hooks`` are asked first with the call; what one gives is sent: (status, headers, body), or "reset" for a cut line.
    """

    root = "/dicom-web/"

    def __init__(self, studies=3, films=False):
        self.uids = [f"1.2.{n}" for n in range(1, studies + 1)]
        self.films = films
        self.hooks = []
        self.calls = []
        self.headers = []

    def answer(self, path, query):
        parts = path.split("/")
        if parts == ["studies"]:
            return self.rows([one(STUDY, uid) | one(COUNT, "1") for uid in self.uids], query)
        if len(parts) < 2 or parts[1] not in self.uids:
            return 404, {}, b""
        uid = parts[1]
        series = [one(SERIES, f"{uid}.1") | one(MODALITY, "SR")]
        series += [one(SERIES, f"{uid}.2") | one(MODALITY, "DX")] if self.films else []
        match parts[2:]:
            case ["series"]:
                return self.rows(series, query)
            case ["series", _, "instances"]:
                return self.rows([one(INSTANCE, f"{uid}.1.1") | one(CLASS, "1.2.840.10008.5.1.4.1.1.88.33")], query)
            case ["series", _, "metadata"]:
                return self.json([self.film(uid)])
            case ["series", _, "instances", _]:
                return self.multipart(self.report(uid))
        return 404, {}, b""

    def report(self, uid):
        return renamed(REPORT, uid, 1)

    def film(self, uid):
        dataset = dcmread(DicomBytesIO(renamed(FILM, uid, 2)), stop_before_pixels=True)
        return dataset.to_json_dict()

    def rows(self, rows, query):
        start, size = int(query.get("offset", 0)), int(query.get("limit", len(rows)))
        return self.json(rows[start : start + size])

    @staticmethod
    def json(data):
        return 200, {"Content-Type": "application/dicom+json"}, json.dumps(data).encode()

    @staticmethod
    def multipart(*objects):
        body = b"".join(b"--x\r\nContent-Type: application/dicom\r\n\r\n" + data + b"\r\n" for data in objects)
        return 200, {"Content-Type": 'multipart/related; type="application/dicom"; boundary=x'}, body + b"--x--"

    def __enter__(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                path = parts.path.removeprefix(fake.root)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                fake.calls.append(path)
                fake.headers.append(dict(self.headers))
                call = Call(path, query, len(fake.calls))
                said = next((found for hook in fake.hooks if (found := hook(call))), None)
                said = fake.answer(path, query) if said is None else said
                if said == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                    return
                status, headers, body = said
                self.send_response(status)
                for name, value in {"Content-Length": len(body), **headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def finish(self):
                try:
                    super().finish()
                except (OSError, ValueError):
                    return

            def log_message(self, *_):
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}{self.root}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def renamed(data, uid, series):
    """The bytes of an object that now belongs to a study."""
    dataset = dcmread(DicomBytesIO(data))
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uid, f"{uid}.{series}"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{uid}.{series}.1"
    stream = DicomBytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


@pytest.fixture
def pacs():
    with FakePacs() as fake:
        yield fake


class Reading:
    """Reads a server into a file of the test's folder; remembers how long it would have waited."""

    def __init__(self, folder):
        self.out = folder / "labels.jsonl"
        self.waits = []

    def __call__(self, fake, out=None, query=None, modalities=(), login=None, **options):
        job = PacsJob(pacs_options(fake.url, timeout=5, tries=4), query or {}, modalities, login)

        def connect(options, login):
            return Server(options, login, sleep=self.waits.append)

        return read_pacs(job, out or self.out, find_home(), connect=connect, **options)

    def labels(self):
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def studies(self):
        return [label["study_id"] for label in self.labels()]


@pytest.fixture
def reading(tmp_path, monkeypatch):
    monkeypatch.setattr("clinnote.imaging.dicomweb.client._PAGE", 100)
    return Reading(tmp_path)


def reasons(summary):
    return [reject.reason for reject in summary.rejects]


def test_reports_come_whole_and_films_as_metadata(reading):
    with FakePacs(studies=1, films=True) as pacs:
        summary = reading(pacs)
    found = {(label["source"]["format"], tuple(label["sides"]["values"])) for label in reading.labels()}
    assert found == {("dicom-sr", ("left",)), ("dicom-header", ("left",))}
    assert (summary.studies, summary.labels, summary.rejects) == (1, 2, ())
    assert not any("frames" in call or "rendered" in call for call in pacs.calls)
    assert pacs.calls[-1] == "studies/1.2.1/series/1.2.1.2/metadata"


def test_the_source_of_a_label_is_the_address_of_the_object(pacs, reading):
    reading(pacs)
    assert reading.labels()[0]["source"]["file"] == f"{pacs.url}studies/1.2.1/series/1.2.1.1/instances/1.2.1.1.1"


def test_a_modality_is_looked_for_in_its_series_alone(reading):
    with FakePacs(films=True) as pacs:
        reading(pacs, modalities=("DX",))
    assert {label["source"]["format"] for label in reading.labels()} == {"dicom-header"}


def test_the_query_goes_to_the_search_for_studies_only(pacs, reading):
    asked = []
    pacs.hooks.append(lambda call: asked.append((call.path, call.query.get("StudyDate"))))
    reading(pacs, query={"StudyDate": "20240101-"})
    assert {path for path, date in asked if date} == {"studies"}


# paging


@pytest.mark.parametrize("studies", [0, 1, 99, 100, 101, 250])
def test_all_pages_are_read(reading, studies):
    with FakePacs(studies) as pacs:
        pacs.hooks.append(lambda call: None if call.path == "studies" else (404, {}, b""))
        assert reading(pacs).studies == studies


def test_a_server_with_pages_of_its_own_size_is_read_to_the_end(reading):
    with FakePacs(120) as pacs:

        def short(call):
            if call.path != "studies":
                return 404, {}, b""
            start = int(call.query["offset"])
            return pacs.json([one(STUDY, uid) for uid in pacs.uids[start : start + 30]])

        pacs.hooks.append(short)
        assert reading(pacs).studies == 120


def test_a_server_that_refuses_large_pages_gets_small_ones(reading, monkeypatch):
    monkeypatch.undo()
    with FakePacs(150) as pacs:

        def small(call):
            if call.path != "studies":
                return 404, {}, b""
            return (400, {}, b"") if int(call.query["limit"]) > 200 else None

        pacs.hooks.append(small)
        assert reading(pacs).studies == 150


@pytest.mark.parametrize("studies", [3, 100, 250])
def test_a_server_that_ignores_limit_and_offset_is_no_endless_loop(reading, studies):
    with FakePacs(studies) as pacs:
        everything = pacs.json([one(STUDY, uid) for uid in pacs.uids])
        pacs.hooks.append(lambda call: everything if call.path == "studies" else (404, {}, b""))
        if studies == 100:  # as many as were asked for, again and again: there may be more
            with pytest.raises(ServerError, match="ignores the offset"):
                reading(pacs)
        else:
            assert reading(pacs).studies == studies
        assert pacs.calls.count("studies") <= 4


def test_a_server_that_ignores_the_offset_is_asked_for_all_at_once(reading):
    with FakePacs(250) as pacs:

        def deaf(call):
            if call.path != "studies":
                return 404, {}, b""
            return pacs.json([one(STUDY, uid) for uid in pacs.uids[: int(call.query.get("limit", 1000))]])

        pacs.hooks.append(deaf)
        assert reading(pacs).studies == 250


def test_a_part_of_the_studies_is_never_taken_for_all(reading):
    with FakePacs(250) as pacs:
        head = pacs.json([one(STUDY, uid) for uid in pacs.uids[:100]])
        pacs.hooks.append(lambda call: head if call.path == "studies" else None)
        with pytest.raises(ServerError, match="--query"):
            reading(pacs)
    assert not reading.out.exists()


def test_a_warning_of_more_results_is_heeded(reading):
    with FakePacs(30) as pacs:

        def warned(call):
            if call.path != "studies":
                return 404, {}, b""
            start = int(call.query["offset"])
            status, headers, body = pacs.json([one(STUDY, uid) for uid in pacs.uids[start : start + 10]])
            return status, headers | {"Warning": '299 pacs: "There are additional results"'}, body

        pacs.hooks.append(warned)
        assert reading(pacs).studies == 30


@pytest.mark.parametrize("nothing", [(204, {}, b""), (200, {}, b""), (200, {}, b"[]")], ids=["204", "empty", "[]"])
def test_no_match_is_an_empty_output(pacs, reading, nothing):
    pacs.hooks.append(lambda _: nothing)
    summary = reading(pacs)
    assert (summary.studies, summary.labels) == (0, 0)
    assert reading.out.read_bytes() == b""


# failures that pass


@pytest.mark.parametrize("failure", [(503, {}, b""), (429, {}, b""), (500, {}, b""), (502, {}, b""), "reset"], ids=str)
def test_a_failure_that_passes_costs_a_pause_and_no_label(pacs, reading, failure):
    pacs.hooks.append(lambda call: failure if call.number in (2, 5, 6) else None)
    summary = reading(pacs)
    assert reading.studies() == pacs.uids
    assert summary.rejects == ()
    assert reading.waits == [0.5, 0.5, 1.0]


def test_a_body_that_is_cut_off_is_asked_for_again(pacs, reading):
    cut = (200, {"Content-Type": "multipart/related; boundary=x", "Content-Length": 99999}, b"--x\r\n\r\n")
    pacs.hooks.append(lambda call: cut if call.number == 4 else None)
    assert reading(pacs).rejects == ()
    assert reading.studies() == pacs.uids


def test_retry_after_is_waited_for(pacs, reading):
    busy = (503, {"Retry-After": "7"}, b"")
    pacs.hooks.append(lambda call: busy if call.number == 3 else None)
    reading(pacs)
    assert reading.waits == [7.0]


def test_a_server_that_asks_for_an_hour_is_not_waited_for(pacs, reading):
    busy = (503, {"Retry-After": "3600"}, b"")
    pacs.hooks.append(lambda _: busy)
    with pytest.raises(ServerError, match="HTTP 503"):
        reading(pacs)
    assert reading.waits == []


# failures that stay


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ((500, {}, b""), "server_failed"),
        ((400, {}, b""), "server_refused"),
        ((403, {}, b""), "server_refused"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), "bad_answer"),
        ((200, {"Content-Type": "multipart/related; boundary=x"}, b"nothing of the kind"), "bad_answer"),
        ((200, {"Content-Type": "multipart/related; boundary=x"}, b"--x--"), "bad_answer"),
        ("reset", "server_failed"),
    ],
    ids=str,
)
def test_one_bad_object_is_set_aside_and_the_rest_done(pacs, reading, failure, reason):
    pacs.hooks.append(lambda call: failure if call.path.endswith("1.2.2.1.1") else None)
    summary = reading(pacs)
    assert reading.studies() == ["1.2.1", "1.2.3"]
    assert reasons(summary) == [reason]
    assert summary.rejects[0].file == f"{pacs.url}studies/1.2.2/series/1.2.2.1/instances/1.2.2.1.1"


def test_half_an_object_gives_what_stands_before_the_cut(pacs, reading):
    half = pacs.multipart(REPORT[: len(REPORT) // 2])
    pacs.hooks.append(lambda call: half if call.path.endswith("1.2.2.1.1") else None)
    assert "truncated_dicom" in reasons(reading(pacs))


@pytest.mark.parametrize(
    "body", [b"{", b"null", b'["x"]', b"\xff\xfe", b"[" * 100_000], ids=["{", "null", "x", "ff", "deep"]
)
def test_a_study_whose_series_are_no_json_is_set_aside(pacs, reading, body):
    pacs.hooks.append(lambda call: (200, {}, body) if call.path == "studies/1.2.2/series" else None)
    assert reasons(reading(pacs)) == ["bad_answer"]
    assert reading.studies() == ["1.2.1", "1.2.3"]


def test_studies_that_are_no_json_end_the_run(pacs, reading):
    pacs.hooks.append(lambda _: (200, {}, b"<html>sign in</html>"))
    with pytest.raises(ServerError, match="not JSON"):
        reading(pacs)
    assert list(reading.out.parent.iterdir()) == []


def test_an_object_that_is_no_data_set_is_no_empty_archive(pacs, reading):
    pacs.hooks.append(lambda _: (200, {}, b'{"Name": "server"}'))
    with pytest.raises(ServerError, match="no list of DICOM data sets"):
        reading(pacs)


def test_a_study_deleted_meanwhile_is_named_and_no_error(pacs, reading):
    pacs.hooks.append(lambda call: (404, {}, b"") if call.path.startswith("studies/1.2.2") else None)
    summary = reading(pacs)
    assert reasons(summary) == ["study_gone"]
    assert summary.rejects[0].skipped
    assert reading.studies() == ["1.2.1", "1.2.3"]


def test_odd_metadata_harms_no_other_image(reading):
    with FakePacs(studies=1, films=True) as pacs:
        good, bad = pacs.film("1.2.1"), {"0020000D": {"vr": "UI", "Value": [{"a": 1}]}, "x": 3, "00080018": "?"}
        pacs.hooks.append(lambda call: pacs.json([bad, good]) if call.path.endswith("metadata") else None)
        summary = reading(pacs)
    assert [label["source"]["format"] for label in reading.labels()] == ["dicom-sr", "dicom-header"]
    assert len(summary.rejects) == 1


@pytest.mark.parametrize("value", ["../../admin", "1.2/3", "1.2?x=1", ""])
def test_a_uid_leads_nowhere_else(pacs, reading, value):
    pacs.hooks.append(lambda call: pacs.json([one(STUDY, value)]) if call.path == "studies" else None)
    summary = reading(pacs)
    assert all(call == "studies" for call in pacs.calls)
    assert reasons(summary) == ["bad_uid"]


def test_a_server_without_the_star_of_transfer_syntaxes_is_asked_without(pacs, reading):
    def picky(_):
        return (406, {}, b"") if "transfer-syntax" in pacs.headers[-1].get("Accept", "") else None

    pacs.hooks.append(picky)
    assert reading(pacs).rejects == ()
    assert reading.studies() == pacs.uids
    assert sum("transfer-syntax" in headers["Accept"] for headers in pacs.headers) == 1


def test_a_server_that_is_not_there_is_told_at_once(reading):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{found.getsockname()[1]}/"
    fake = FakePacs()
    fake.url = url
    with pytest.raises(ServerError, match="no server answers"):
        reading(fake)
    assert reading.waits == []


def test_strict_stops_at_the_first_object_that_is_not_readable(pacs, reading):
    pacs.hooks.append(lambda call: (400, {}, b"") if call.path.endswith("1.2.2.1.1") else None)
    with pytest.raises(RecordError, match="--strict"):
        reading(pacs, strict=True)
    assert list(reading.out.parent.iterdir()) == []


# who is called, and as whom


def test_another_host_is_never_called(pacs, reading):
    with FakePacs() as other:
        moved = (302, {"Location": f"{other.url}studies"}, b"")
        pacs.hooks.append(lambda call: moved if call.path == "studies" else None)
        with pytest.raises(ServerError, match="redirects to another address"):
            reading(pacs)
        assert other.calls == []


def test_a_redirect_within_the_server_is_followed(pacs, reading):
    moved = (307, {"Location": "/dicom-web/studies?offset=0&limit=100"}, b"")
    pacs.hooks.append(lambda call: moved if call.number == 1 else None)
    reading(pacs)
    assert reading.studies() == pacs.uids


def test_a_redirect_in_a_circle_ends(pacs, reading):
    pacs.hooks.append(lambda _: (302, {"Location": "studies"}, b""))
    with pytest.raises(ServerError, match="circle"):
        reading(pacs)
    assert len(pacs.calls) < 10


@pytest.mark.parametrize(
    ("login", "sent"),
    [
        (Login(token="abc.def"), "Bearer abc.def"),
        (Login(user="reader", password="s3cret"), "Basic cmVhZGVyOnMzY3JldA=="),
        (None, None),
    ],
)
def test_requests_are_signed_as_asked(pacs, reading, login, sent):
    reading(pacs, login=login)
    assert {headers.get("Authorization") for headers in pacs.headers} == {sent}


def test_credentials_are_in_no_message_and_no_file(pacs, reading):
    pacs.hooks.append(lambda call: (401, {}, b"") if call.number == 8 else None)
    login = Login(user="reader", password="s3cret")
    with pytest.raises(ServerError, match="credentials are not accepted") as told:
        reading(pacs, login=login)
    kept = b"".join(path.read_bytes() for path in reading.out.parent.iterdir())
    assert kept
    assert "s3cret" not in f"{told.value} {login!r}"
    assert b"s3cret" not in kept


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://reader:s3cret@pacs.example.org/dicom-web", "no credentials"),
        ("https://s3cret@pacs.example.org/dicom-web", "no credentials"),
        ("https://pacs.example.org/dicom-web?token=s3cret", "no query"),
        ("http://pacs.example.org/dicom-web", "unencrypted"),
        ("https://", "must look like"),
        ("https://[s3cret/", "must look like"),
        ("https://pacs:99999/", "must look like"),
    ],
)
def test_an_address_that_is_refused_is_not_repeated(url, words):
    with pytest.raises(UsageError, match=words) as told:
        pacs_options(url)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"CLINNOTE_PACS_TOKEN": "t"}, Login(token="t")),
        ({"CLINNOTE_PACS_USER": "u", "CLINNOTE_PACS_PASSWORD": "p"}, Login(user="u", password="p")),
    ],
)
def test_the_login_comes_from_the_environment(environment, expected):
    assert find_login(pacs_options("https://pacs.example.org/"), environment, None) == expected


def test_the_login_comes_from_a_netrc_file(tmp_path):
    options = pacs_options("https://pacs.example.org:8043/dicom-web")
    file = tmp_path / "login"
    file.write_text("machine pacs.example.org login u password p\n")
    file.chmod(0o600)
    assert find_login(options, {}, file) == Login(user="u", password="p")
    assert find_login(options, {"NETRC": str(file)}, None) == Login(user="u", password="p")
    assert find_login(options, {"HOME": str(tmp_path)}, None) is None


@pytest.mark.parametrize(
    ("environment", "content"),
    [
        ({"CLINNOTE_PACS_USER": "s3cret"}, None),
        ({"CLINNOTE_PACS_TOKEN": "s3cret\nx"}, None),
        ({}, "machine other login u password s3cret\n"),
        ({}, "no netrc s3cret"),
    ],
)
def test_half_a_login_is_refused_and_not_shown(tmp_path, environment, content):
    file = tmp_path / "login"
    if content:
        file.write_text(content)
    with pytest.raises(UsageError) as told:
        find_login(pacs_options("https://pacs.example.org/"), environment, file if content else None)
    assert "s3cret" not in str(told.value)


@pytest.mark.parametrize("query", ["limit=1", "Nonsense=1", "StudyDate", "=x"])
def test_a_query_that_means_nothing_is_refused(query):
    with pytest.raises(UsageError, match="KEY=VALUE"):
        study_query((query,))


def test_queries_by_keyword_tag_and_path():
    given = ("StudyDate=20240101-", "00100020=P1", "RequestAttributesSequence.StudyID=7", "fuzzymatching=true")
    assert len(study_query(given)) == 4


@pytest.mark.parametrize(("text", "address"), [("https://a/", True), ("HTTP://a", True), ("http", False), ("-", False)])
def test_an_address_is_told_from_a_path(text, address):
    assert is_address(text) is address


def test_certificates_that_are_none_are_named(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(UsageError, match="PEM"):
        Server(pacs_options("https://pacs.example.org/", ca_file=tmp_path / "ca.pem"))


# going on


def test_a_run_goes_on_where_the_server_went_away(reading):
    with FakePacs(6) as pacs:
        reading(pacs, out=reading.out.with_name("whole.jsonl"))
        whole = len(pacs.calls)
        pacs.calls.clear()
        pacs.hooks.append(lambda _: "reset" if any("1.2.4" in path for path in pacs.calls) else None)
        with pytest.raises(ServerError, match="what is done is kept"):
            reading(pacs)
        assert not reading.out.exists()
        pacs.hooks.clear()
        pacs.calls.clear()
        summary = reading(pacs)
    assert (summary.resumed, summary.labels) == (3, 6)
    assert len(pacs.calls) < whole
    assert reading.out.read_bytes() == reading.out.with_name("whole.jsonl").read_bytes()
    assert sorted(p.name for p in reading.out.parent.iterdir()) == ["labels.jsonl", "whole.jsonl"]


class Interrupted(BaseException):
    """Stands in for Ctrl-C."""


def interrupted(reading, pacs, after, **job):
    """A run that ends after some studies."""

    def some(studies):
        for number, study in enumerate(studies):
            if number == after:
                raise Interrupted
            yield study

    with pytest.raises(Interrupted):
        reading(pacs, progress=some, **job)


def test_studies_that_changed_or_went_since_are_not_taken_over(pacs, reading):
    pacs.uids = [f"1.2.{n}" for n in range(1, 7)]
    interrupted(reading, pacs, 4)
    pacs.uids = ["1.2.0", "1.2.1", "1.2.3", "1.2.4", "1.2.5"]
    rows = [one(STUDY, uid) | one(COUNT, "9" if uid == "1.2.3" else "1") for uid in pacs.uids]
    pacs.hooks.append(lambda call: pacs.rows(rows, call.query) if call.path == "studies" else None)
    summary = reading(pacs)
    assert summary.resumed == 2
    assert sorted(reading.studies()) == pacs.uids


def test_objects_that_the_server_failed_on_are_asked_for_again(pacs, reading):
    pacs.hooks.append(lambda call: (500, {}, b"") if call.path.endswith("1.2.1.1.1") else None)
    interrupted(reading, pacs, 2)
    pacs.hooks.clear()
    assert reading(pacs).rejects == ()
    assert sorted(reading.studies()) == pacs.uids


def test_another_question_begins_anew(pacs, reading):
    interrupted(reading, pacs, 2)
    assert reading(pacs, query={"StudyDate": "2024-"}).resumed == 0


def test_fresh_begins_anew(pacs, reading):
    interrupted(reading, pacs, 2)
    assert reading(pacs, fresh=True).resumed == 0
    assert sorted(reading.studies()) == pacs.uids


def test_the_question_stands_in_no_file(pacs, reading):
    interrupted(reading, pacs, 1, query={"PatientName": "ROE^JANE"})
    kept = b"".join(path.read_bytes() for path in reading.out.parent.iterdir())
    assert b"1.2.1" in kept
    assert b"ROE" not in kept


def test_a_finished_output_is_replaced_by_the_next_run(pacs, reading):
    reading(pacs)
    pacs.uids = ["1.2.9"]
    assert reading(pacs).resumed == 0
    assert reading.studies() == ["1.2.9"]


def test_an_output_that_is_not_writable_is_told_before_anything_is_asked(pacs, reading):
    with pytest.raises(UsageError):
        reading(pacs, out=Path("/proc/labels.jsonl"))
    assert pacs.calls == []


def test_parquet_holds_the_same_labels(pacs, reading):
    from clinnote.model.image_label import ImageLabel
    from clinnote.store.records import read_records

    reading(pacs)
    reading(pacs, out=reading.out.with_suffix(".parquet"))
    assert list(read_records(reading.out.with_suffix(".parquet"), ImageLabel)) == list(
        read_records(reading.out, ImageLabel)
    )


# the envelope


def envelope(*parts, boundary=b"x"):
    return b"".join(b"--%b\r\nA: b\r\n\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (envelope(b"one"), "multipart/related; boundary=x", [b"one"]),
        (
            envelope(b"one", b"two\r\n\r\n--y"),
            'Multipart/Related; type="application/dicom"; boundary="x"',
            [b"one", b"two\r\n\r\n--y"],
        ),
        (b"preamble\r\n" + envelope(b"one"), "multipart/related;boundary=x", [b"one"]),
        (b"\r\n" + envelope(b"one"), "multipart/related;boundary=x", [b"one"]),
        (b"--x\r\n\r\none\r\n--x--", "multipart/related; boundary=x", [b"one"]),
        (b"--x\r\nA: b\r\n\r\none\r\n", "multipart/related; boundary=x", [b"one"]),
        (envelope(b"one", boundary=b"=_a'b"), "multipart/related; boundary==_a'b", [b"one"]),
        (bytes(128) + b"DICM", "application/dicom", [bytes(128) + b"DICM"]),
        (bytes(128) + b"DICM", "multipart/related", [bytes(128) + b"DICM"]),
    ],
)
def test_objects_are_taken_out_of_their_envelope(body, kind, expected):
    assert list(objects_in(body, kind)) == expected


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/related; boundary=x"),
        (b"--x", "multipart/related; boundary=x"),
        (b"--y\r\n\r\na\r\n--y--", "multipart/related; boundary=x"),
        (b"<html>", "text/html"),
        (b"", ""),
        (b"abc", "multipart/related"),
    ],
)
def test_what_is_no_object_is_refused(body, kind):
    with pytest.raises(ValueError, match="answer"):
        list(objects_in(body, kind))


@pytest.mark.parametrize("unwanted", [{0}, {1}, {3}, {0, 1, 2, 3}, {1, 2}, set()])
def test_parts_of_a_spool_are_dropped_anywhere(tmp_path, unwanted):
    out = tmp_path / "out.jsonl"
    texts = [b"a\n", b"bbbbbb\n", b"cc\n", b"dddd\n"]
    with suppress(Interrupted), Spool(out, dict, {"run": 1}) as spool:
        for number, text in enumerate(texts):
            spool.add(str(number), text, 1, 0, ())
        raise Interrupted
    with Spool(out, dict, {"run": 1}) as spool:
        spool.select(lambda part: int(part.digest) not in unwanted)
        spool.add("last", b"e\n", 1, 0, ())
        assert [part.digest for part in spool.parts[:-1]] == [str(n) for n in range(4) if n not in unwanted]
    assert out.read_bytes() == b"".join(t for n, t in enumerate(texts) if n not in unwanted) + b"e\n"
