"""Image labels from a real PACS over DICOMweb: all of them, also when the run is killed half-way."""

import json
import os
import signal
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import orthanc
import pytest
from dicomweb_client.api import DICOMwebClient

STUDIES = 500

pytestmark = [
    pytest.mark.server,
    pytest.mark.xdist_group("orthanc"),
    pytest.mark.skipif(orthanc.why_not() is not None, reason=str(orthanc.why_not())),
]


@pytest.fixture(scope="module")
def pacs(tmp_path_factory):
    """(address of the DICOMweb interface, folder with the same files)."""
    folder = tmp_path_factory.mktemp("orthanc")
    files = list(orthanc.studies(STUDIES))
    for name, data in files:
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with orthanc.orthanc(folder) as address:
        orthanc.store(address, files)
        yield f"{address}dicom-web", folder / "files"


@pytest.fixture(scope="module")
def images(tmp_path_factory, clinnote_command):
    """Starts ``clinnote images``; gives the process."""
    folder = tmp_path_factory.mktemp("out")

    def start(*arguments):
        command = [clinnote_command, "images", *map(str, arguments)]
        environment = {**os.environ, "HOME": str(folder)}
        return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)

    start.folder = folder
    return start


def done(process):
    _, error = process.communicate(timeout=600)
    assert process.returncode == 0, error
    return error


def records(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def said(labels):
    """Labels without the names of their files, in an order of their own."""
    plain = [{**label, "source": {**label["source"], "file": ""}} for label in labels]
    return sorted(json.dumps(label, sort_keys=True) for label in plain)


@pytest.fixture(scope="module")
def from_pacs(pacs, images):
    done(images(pacs[0], "-o", "pacs.jsonl"))
    return images.folder / "pacs.jsonl"


def test_a_pacs_gives_the_labels_of_the_same_files_in_a_folder(pacs, images, from_pacs):
    done(images(pacs[1], "-o", "folder.jsonl"))
    labels = records(from_pacs)
    assert said(labels) == said(records(images.folder / "folder.jsonl"))
    assert len({label["study_id"] for label in labels}) == STUDIES
    formats = {label["source"]["format"] for label in labels}
    assert formats >= {"dicom-sr", "dicom-seg", "rtstruct", "dicom-header"}


def test_a_label_names_the_object_it_came_from(pacs, from_pacs):
    label = next(label for label in records(from_pacs) if label["source"]["format"] == "dicom-sr")
    place = label["source"]["file"]
    assert place.startswith(f"{pacs[0]}/studies/{label['study_id']}/series/")
    answer = httpx.get(place, headers={"Accept": 'multipart/related; type="application/dicom"'}, trust_env=False)
    assert answer.status_code == 200


def test_dicomweb_client_counts_the_same_studies(pacs, from_pacs):
    client = DICOMwebClient(pacs[0])
    found = {row["0020000D"]["Value"][0] for row in client.search_for_studies(limit=10 * STUDIES)}
    assert found == {label["study_id"] for label in records(from_pacs)}


def test_series_of_named_modalities_alone_are_read(pacs, images, from_pacs):
    done(images(pacs[0], "-o", "some.jsonl", "--modality", "SR,SEG", "--query", "StudyDate=20250301-20250310"))
    wanted = [
        label
        for label in records(from_pacs)
        if label["source"]["format"] in ("dicom-sr", "dicom-seg") and "2025-03-01" <= label["date"] <= "2025-03-10"
    ]
    assert said(records(images.folder / "some.jsonl")) == said(wanted) != []


class Gate:
    """Passes calls on to another server; at the ``limit``-th call it kills the caller instead."""

    def __init__(self, target):
        self.limit, self.calls, self.caller = None, 0, None
        client, gate = httpx.Client(base_url=target, trust_env=False, timeout=60), self
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize, disable_nagle_algorithm = -1, True

            def do_GET(self):
                with lock:
                    gate.calls += 1
                    if gate.calls == gate.limit:
                        gate.caller.send_signal(signal.SIGKILL)
                        self.close_connection = True
                        return
                answer = client.get(self.path.lstrip("/"), headers={"Accept": self.headers["Accept"]})
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("content-type", ""))
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._client = client

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()
        self._client.close()


def test_a_run_that_is_killed_twice_goes_on_without_loss_and_without_repeating(pacs, images):
    with Gate(pacs[0]) as gate:
        done(images(gate.address, "-o", "whole.jsonl"))
        calls, expected = gate.calls, (images.folder / "whole.jsonl").read_bytes()
        for share in (3, 3):
            gate.calls, gate.limit = 0, calls // share
            gate.caller = images(gate.address, "-o", "cut.jsonl")
            gate.caller.communicate(timeout=600)
            assert gate.caller.returncode == -signal.SIGKILL
            assert not (images.folder / "cut.jsonl").exists()
        gate.calls, gate.limit = 0, None
        told = done(images(gate.address, "-o", "cut.jsonl"))
        assert "went on behind" in told
        assert gate.calls < calls // 2
        assert (images.folder / "cut.jsonl").read_bytes() == expected
        assert sorted(p.name for p in images.folder.glob("cut*")) == ["cut.jsonl"]
