"""Archives for tests, valid and broken, as parts of an upload's pack."""

import io
import tarfile
import zipfile

from core.archives.file_slice import FileSlice


def make_zip(files, *, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def make_tar(files, *, mode="w", links=()):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return buffer.getvalue()


def make_pack(data, *, before=b"something else"):
    """Return an upload's pack with an archive after other files, and the slice of the archive."""
    pack = io.BytesIO(before + data + b"what follows")
    return pack, FileSlice(pack, len(before), len(data), "a.zip")
