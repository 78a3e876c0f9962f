"""Mutated pictures and archives: an answer or an error of ours, no growth, no write elsewhere."""

import io
import json
import math
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from core.encoders.images.preprocessing import decode
from core.errors import CoreError
from core.jobs import IngestArgs
from core.pipelines.ingest.plan import _fresh
from core.pipelines.services import no_report
from core.settings import MEBIBYTE, Limits
from core.storage import Files, Uploads, read_entry
from tests.support.archives import tarred, zipped
from tests.support.images import picture

INPUTS = int(os.environ.get("FUZZ_BYTES", "1500"))
A_RUN = 1_500
GROWTH = 60 * MEBIBYTE
SLOWEST_S = 5  # the machine may be busy; a decoder that hangs takes longer
LIMITS = Limits(upload_mb=1, image_mb=1, images=100, megapixels=1, free_mb=1)


def written(kind):
    file = io.BytesIO()
    picture(1, side=40).save(file, kind)
    return file.getvalue()


PICTURES = [written(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "BMP")]
FILES = {"A.jpg": PICTURES[0], "B/b.png": PICTURES[1], "items.csv": b"sku,file\nX,A.jpg\n"}
ARCHIVES = [
    zipped(FILES),
    tarred(FILES),
    tarred(FILES, mode="w:gz"),
    tarred(FILES, links=[("l", "/etc")]),
]
TELLING = st.sampled_from([
    b"../../x",
    b"/etc/passwd",
    b"\0",
    b"\xff" * 4,
    b"PK\x01\x02",
    b"items.csv",
])
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.one_of(st.binary(max_size=6), TELLING)),
    max_size=5,
)


def mutated(data, edits, kept):
    """Bytes cut out and put in at some places, and the end cut off."""
    for place, length, new in edits:
        at = int(place * len(data))
        data = data[:at] + new + data[at + length :]
    return data[: int(kept * len(data))]


def mutants(seeds):
    kept = st.one_of(st.just(1.0), st.just(1.0), st.floats(0, 1))
    return st.builds(mutated, st.sampled_from(seeds), EDITS, kept)


class Writes:
    """The files that this process opens for writing, makes, renames or links while it looks."""

    def __init__(self):
        self.paths, self._looking = set(), False
        sys.addaudithook(self._hear)

    def _hear(self, event, args):
        if not self._looking:
            return
        if event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR):
            self.paths.add(args[0])
        if event in {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate"}:
            self.paths.update(str(one) for one in args[:2] if isinstance(one, str))

    def __enter__(self):
        self._looking = True

    def __exit__(self, *_):
        self._looking = False


@pytest.fixture(scope="module")
def writes():
    return Writes()


@pytest.fixture
def uploads():
    # nothing here needs to outlive a power cut: memory is quicker
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Uploads(Files(Path(folder).as_uri()))


def steady(ask, strategy, inputs):
    """Ask so often; the process may grow while it warms up, not after."""
    ours, memory = psutil.Process(), []

    def each(data):
        begun = time.monotonic()
        with suppress(CoreError):
            ask(data)
        assert time.monotonic() - begun < SLOWEST_S
        memory.append(ours.memory_info().rss)

    # one run after the other: Hypothesis remembers all that it tried in a run
    for number in range(math.ceil(inputs / A_RUN)):
        run = settings(
            max_examples=min(inputs, A_RUN),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        seed(number)(run(given(data=strategy)(each)))()
    assert memory[-1] - memory[len(memory) // 5] < GROWTH


@pytest.mark.timeout(7200)
def test_a_mutated_picture_is_read_or_refused(writes):
    def ask(data):
        with writes:
            assert decode(data, side=32, max_megapixels=1).shape == (32, 32, 3)

    steady(ask, mutants(PICTURES), INPUTS)
    assert writes.paths == set()


@pytest.mark.timeout(7200)
def test_a_mutated_archive_is_read_or_refused_and_writes_beside_itself_alone(writes, uploads):
    services = SimpleNamespace(uploads=uploads, limits=LIMITS)
    folder = Path(uploads._files._place._root) / "uploads" / "one"
    folder.mkdir(parents=True)

    def ask(data):
        (folder / "pack").write_bytes(data)
        part = {"field": "files", "filename": "a.zip", "offset": 0, "size": len(data)}
        (folder / "parts.json").write_text(json.dumps([part]))
        with writes:
            entries, failures = _fresh(IngestArgs(upload="one"), services, no_report)
            assert all(one.reason for one in failures)
            read(entries)

    def read(entries):
        for entry in entries:
            with suppress(CoreError), uploads.opened("one", entry.blob) as blob:
                decode(read_entry(blob, entry, max_bytes=MEBIBYTE), side=32, max_megapixels=1)

    steady(ask, mutants(ARCHIVES), INPUTS)
    assert [path for path in writes.paths if not path.startswith(str(folder))] == []
