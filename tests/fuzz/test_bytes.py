"""Mutated images and archives: a result or a CoreError, no memory growth, no writes elsewhere.

What is accepted is complete: reference readers find no pixels and no images that are neither in the
result nor named as failures.
"""

import io
import json
import math
import os
import sys
import tarfile
import tempfile
import time
import zipfile
import zlib
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from PIL import Image

from core.archives.members import is_junk, normal_path
from core.attributes import extend_types
from core.encoders.images.preprocessing import decode_image
from core.errors import CoreError
from core.jobs import IngestArgs
from core.pipelines.ingest.plan_upload import plan_upload
from core.pipelines.services import no_heartbeat
from core.settings import MEBIBYTE, Limits
from core.storage import Uploads, open_backend, read_planned_image
from tests.support.archives import make_tar, make_zip
from tests.support.images import make_image

INPUTS = int(os.environ.get("FUZZ_BYTES", "500"))
INPUTS_PER_RUN = 1_500
MAX_GROWTH = 60 * MEBIBYTE
MAX_DURATION_S = 5  # of CPU time, since the machine may be busy; a decoder that hangs takes longer
LIMITS = Limits(max_upload_mb=1, max_image_mb=1, max_images=100, max_megapixels=1, min_free_mb=1)


def encode(format, **options):
    file = io.BytesIO()
    make_image(1, side=40).save(file, format, **options)
    return file.getvalue()


IMAGES = [
    encode(format) for format in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
]
IMAGES += [
    encode("JPEG", progressive=True),
    encode("JPEG", restart_marker_rows=1),
    encode("TIFF", compression="tiff_lzw"),
]
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
        start = time.process_time()
        with suppress(CoreError):
            target(data)
        assert time.process_time() - start < MAX_DURATION_S
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


def decoded(data):
    return decode_image(data, side=32, max_megapixels=1).pixels


def is_whole(data):
    """Whether a strict reader finds all pixels of an image."""
    try:
        Image.open(io.BytesIO(data)).load()
    except Exception:  # noqa: BLE001 - any error counts
        return lacks_only_metadata(data)
    return True


def lacks_only_metadata(data):
    """Whether all pixels are there, though Pillow refuses the file.

    A JPEG may lack its end marker, and metadata of a PNG may be damaged.
    """
    if data.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in data[data.rfind(b"\xff\xda") :]
    pixels, position = b"", 8
    while data.startswith(b"\x89PNG") and position + 8 <= len(data):
        length = int.from_bytes(data[position : position + 4])
        if data[position + 4 : position + 8] == b"IDAT":
            pixels += data[position + 8 : position + 8 + length]
        position += 12 + length
    inflate = zlib.decompressobj()
    return len(inflate.decompress(pixels)) >= 40 * (40 * 3 + 1)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns about some of them
@pytest.mark.timeout(7200)
def test_a_mutated_image_is_decoded_or_refused_without_writing_files(recorder):
    def decode(data):
        with recorder:
            pixels = decoded(data)
        assert pixels.shape == (32, 32, 3)
        assert is_whole(data)

    fuzz(decode, mutants(IMAGES), INPUTS)
    assert recorder.paths == set()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("original", IMAGES, ids=range(len(IMAGES)))
def test_a_truncated_image_is_refused_unless_all_pixels_are_there(original):
    expected = decoded(original)
    for size in {*range(len(original) - 40, len(original)), *range(0, len(original), 37)}:
        with suppress(CoreError):
            assert (decoded(original[:size]) == expected).all()


def images_in(data):
    """Return the images that reference readers find in an archive, by name."""
    contents = {}
    with suppress(Exception), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            with suppress(Exception):
                contents[member.filename] = archive.read(member)
    with suppress(Exception), tarfile.open(fileobj=io.BytesIO(data), ignore_zeros=True) as archive:
        for member in archive:
            with suppress(Exception):
                contents[member.name] = archive.extractfile(member).read()
    return {name: data for name, data in contents.items() if data in IMAGES}


@pytest.mark.filterwarnings("ignore::UserWarning")
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
            args, learn = IngestArgs(upload="fuzz"), partial(extend_types, {})
            images, failures, _ = plan_upload(args, services, no_heartbeat, learn)
            assert all(failure.reason for failure in failures)
            taken = [content for image in images if (content := read(image))]
        failed = {failure.file for failure in failures} | {image.file for image in images}
        for name, content in images_in(data).items():
            assert content in taken or is_named(name, failed)

    def read(image):
        with suppress(CoreError), uploads.open("fuzz", image.blob) as blob:
            data = read_planned_image(blob, image, max_bytes=MEBIBYTE)
            decoded(data)
            return data

    fuzz(plan, mutants(ARCHIVES), INPUTS)
    assert [path for path in recorder.paths if not path.startswith(str(folder))] == []


def is_named(name, failed):
    """Whether a failure names a file or the whole archive, or the file is one to be skipped."""
    path = normal_path(name)
    return (
        is_junk(name)
        or "a.zip" in failed
        or any(file in {name, path} or path.endswith(f"/{file}") for file in failed)
    )
