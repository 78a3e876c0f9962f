"""Mutated images and archives: a result or a CoreError, no memory growth, no writes elsewhere."""

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

from core.encoders.images.preprocessing import decode_image
from core.errors import CoreError
from core.jobs import IngestArgs
from core.pipelines.ingest.plan import plan_upload
from core.pipelines.services import no_heartbeat
from core.settings import MEBIBYTE, Limits
from core.storage import Uploads, open_backend, read_planned_image
from tests.support.archives import make_tar, make_zip
from tests.support.images import make_image

INPUTS = int(os.environ.get("FUZZ_BYTES", "1500"))
INPUTS_PER_RUN = 1_500
MAX_GROWTH = 60 * MEBIBYTE
MAX_DURATION_S = 5  # the machine may be busy; a decoder that hangs takes longer
LIMITS = Limits(max_upload_mb=1, max_image_mb=1, max_images=100, max_megapixels=1, min_free_mb=1)


def encode(format):
    file = io.BytesIO()
    make_image(1, side=40).save(file, format)
    return file.getvalue()


IMAGES = [encode(format) for format in ("JPEG", "PNG", "WEBP", "GIF", "BMP")]
FILES = {"A.jpg": IMAGES[0], "B/b.png": IMAGES[1], "items.csv": b"sku,file\nX,A.jpg\n"}
ARCHIVES = [
    make_zip(FILES),
    make_tar(FILES),
    make_tar(FILES, mode="w:gz"),
    make_tar(FILES, links=[("l", "/etc")]),
]
SPECIAL = st.sampled_from([
    b"../../x",
    b"/etc/passwd",
    b"\0",
    b"\xff" * 4,
    b"PK\x01\x02",
    b"items.csv",
])
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.one_of(st.binary(max_size=6), SPECIAL)),
    max_size=5,
)
LENGTHS = st.one_of(st.just(1.0), st.just(1.0), st.floats(0, 1))


def mutate(data, edits, length):
    """Replace bytes at some relative positions, and truncate the data to a relative length."""
    for position, count, new in edits:
        at = int(position * len(data))
        data = data[:at] + new + data[at + count :]
    return data[: int(length * len(data))]


def mutants(originals):
    return st.builds(mutate, st.sampled_from(originals), EDITS, LENGTHS)


class WriteRecorder:
    """Records the files that this process writes, creates, renames or links during a `with`."""

    def __init__(self):
        self.paths, self._recording = set(), False
        sys.addaudithook(self._record)

    def _record(self, event, args):
        if not self._recording:
            return
        if event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR):
            self.paths.add(args[0])
        if event in {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.truncate"}:
            self.paths.update(str(arg) for arg in args[:2] if isinstance(arg, str))

    def __enter__(self):
        self._recording = True

    def __exit__(self, *_):
        self._recording = False


@pytest.fixture(scope="module")
def recorder():
    return WriteRecorder()


@pytest.fixture
def uploads():
    # in memory if possible: faster, and nothing here must survive a power cut
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Uploads(open_backend(Path(folder).as_uri()))


def fuzz(target, strategy, inputs):
    """Call the target with this many inputs; memory may grow while it warms up, but not later."""
    process, memory = psutil.Process(), []

    def call(data):
        start = time.monotonic()
        with suppress(CoreError):
            target(data)
        assert time.monotonic() - start < MAX_DURATION_S
        memory.append(process.memory_info().rss)

    # several runs, because Hypothesis remembers all inputs of a run
    for number in range(math.ceil(inputs / INPUTS_PER_RUN)):
        run = settings(
            max_examples=min(inputs, INPUTS_PER_RUN),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        seed(number)(run(given(data=strategy)(call)))()
    assert memory[-1] - memory[len(memory) // 5] < MAX_GROWTH


@pytest.mark.timeout(7200)
def test_a_mutated_image_is_decoded_or_refused_without_writing_files(recorder):
    def decode(data):
        with recorder:
            assert decode_image(data, side=32, max_megapixels=1).pixels.shape == (32, 32, 3)

    fuzz(decode, mutants(IMAGES), INPUTS)
    assert recorder.paths == set()


@pytest.mark.timeout(7200)
def test_a_mutated_archive_is_read_or_refused_and_writes_only_to_its_upload(recorder, uploads):
    recorder.paths.clear()
    services = SimpleNamespace(uploads=uploads, limits=LIMITS)
    folder = Path(uploads._files._root) / "uploads" / "fuzz"
    folder.mkdir(parents=True)

    def plan(data):
        (folder / "pack").write_bytes(data)
        part = {"field": "files", "filename": "a.zip", "offset": 0, "size": len(data)}
        (folder / "files.json").write_text(json.dumps([part]))
        with recorder:
            images, failures = plan_upload(IngestArgs(upload="fuzz"), services, no_heartbeat)
            assert all(failure.reason for failure in failures)
            for image in images:
                decode(image)

    def decode(image):
        with suppress(CoreError), uploads.open("fuzz", image.blob) as blob:
            data = read_planned_image(blob, image, max_bytes=MEBIBYTE)
            decode_image(data, side=32, max_megapixels=1)

    fuzz(plan, mutants(ARCHIVES), INPUTS)
    assert [path for path in recorder.paths if not path.startswith(str(folder))] == []
