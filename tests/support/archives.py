"""Archives for tests, good and bad, as the bytes of an upload's pack."""

import io
import tarfile
import zipfile

from core.storage import Part


def zipped(files, *, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files, *, mode="w", links=()):
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


def packed(data, *, before=b"something else"):
    """The archive somewhere in a pack, as it lies behind other parts."""
    part = Part(field="files", filename="a.zip", offset=len(before), size=len(data))
    return io.BytesIO(before + data + b"what follows"), part
