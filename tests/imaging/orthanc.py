"""A real PACS for tests: Orthanc from Debian, on 127.0.0.1 only, with nothing but synthetic studies in it."""

import ctypes.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from imaging_objects import rtstruct
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO

ORTHANC = shutil.which("Orthanc", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PLUGIN = next(iter(sorted(Path("/usr/lib/orthanc").glob("libOrthancDicomWeb.so*"))), None)
COMPILER = shutil.which("cc")
DEMO = Path(__file__).resolve().parents[2] / "demo"

# Orthanc 1.10 listens on all addresses, whatever it is told: every bind goes to the loopback address instead
_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
int bind(int fd, const struct sockaddr *address, socklen_t size) {
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
    struct sockaddr_in inside;
    if (address->sa_family == AF_INET6) { errno = EADDRNOTAVAIL; return -1; }
    if (address->sa_family != AF_INET) return real(fd, address, size);
    memcpy(&inside, address, sizeof inside);
    inside.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return real(fd, (struct sockaddr *)&inside, sizeof inside);
}
"""


def why_not():
    """Why no Orthanc can be started here, or None."""
    if ORTHANC is None or PLUGIN is None:
        return "needs Orthanc with its DICOMweb plugin (apt-get install orthanc orthanc-dicomweb)"
    if COMPILER is None or ctypes.util.find_library("c") is None or not sys.platform.startswith("linux"):
        return "needs a C compiler to keep Orthanc on the loopback address"
    return None


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def addresses_of(port):
    """The local addresses that listen on a port, as in /proc/net/tcp (0100007F is 127.0.0.1)."""
    lines = [line for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    listening = [fields[1].split(":") for fields in map(str.split, lines) if fields[3] == "0A"]
    return {address for address, at in listening if int(at, 16) == port}


@contextmanager
def orthanc(folder: Path) -> Iterator[str]:
    """Runs Orthanc with its files in ``folder``; gives the address of its REST interface, with a closing slash."""
    (folder / "shim.c").write_text(_SHIM)
    shim = folder / "shim.so"
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", shim, folder / "shim.c", "-ldl"], check=True)
    port = free_port()
    settings = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "HttpServerEnabled": True,
        "HttpPort": port,
        "DicomServerEnabled": False,
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "SynchronousCMove": False,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen(
            [ORTHANC, folder / "orthanc.json"],
            stdout=log,
            stderr=log,
            env={**os.environ, "LD_PRELOAD": str(shim)},
        )
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait(process, address, folder / "orthanc.log")
        assert addresses_of(port) == {"0100007F"}
        yield address
    finally:
        process.kill()  # its graceful end takes seconds, and its folder goes anyway
        process.wait()


def _wait(process, address, log):
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            httpx.get(f"{address}system", trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)  # until a process answers there is nothing else to wait for
        else:
            return
    raise RuntimeError(f"Orthanc did not start: {log.read_text(errors='replace')[-2000:]}")


def studies(count):
    """(file name, bytes) of ``count`` synthetic studies: the demo's DX, MG, CT and MR, with SR, SEG and RTSTRUCT."""
    sys.path.insert(0, str(DEMO))
    try:
        from demo_dicom import study_files, study_uid
    finally:
        sys.path.remove(str(DEMO))
    source = tomllib.loads((DEMO / "source" / "studies.toml").read_text(encoding="utf-8"))["study"]
    for number in range(count):
        index = 5000 + number
        study = source[number % len(source)]
        for name, dataset in study_files(index, study).items():
            stream = DicomBytesIO()
            dataset.save_as(stream, enforce_file_format=True)
            yield f"{index}/{name}", stream.getvalue()
        if number % 3 == 0:
            yield f"{index}/rtstruct.dcm", _structures(study_uid(index), number)


def _structures(study, number):
    """A structure set of a lesion on one side and a lung on the other."""
    sign = 1 if number % 2 else -1
    dataset = dcmread(DicomBytesIO(rtstruct(("GTV_lung", "GTV", [sign * 60]), ("Lung_L", "ORGAN", [70]))))
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, f"{study}.6"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{study}.6.1"
    stream = DicomBytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def store(address, files):
    """Put files into the server."""
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        for _, data in files:
            client.post("instances", content=data).raise_for_status()
