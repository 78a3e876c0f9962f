"""Identifies file types by their first bytes: to open files, and to name them in errors."""

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
GZIP_MAGIC = b"\x1f\x8b"
_IMAGES = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8": "a JPEG image",
    b"GIF8": "a GIF image",
    b"II*\0": "a TIFF image",
    b"MM\0*": "a TIFF image",
    b"II+\0": "a BigTIFF image",
    b"MM\0+": "a BigTIFF image",
    b"8BPS": "a Photoshop file",
    b"\0\0\1\0": "an icon",
    b"\0\0\0\x0cjP": "a JPEG 2000 image",
    b"\xff\x4f\xff\x51": "a JPEG 2000 image",
    b"\0\0\0\x0cJXL": "a JPEG XL image",
    b"\xff\x0a": "a JPEG XL image",
    b"BM": "a BMP image",
}
_ARCHIVES = {
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\x04\x22\x4d\x18": "an lz4 file",
    b"LZIP": "an lzip file",
    b"\x1f\x9d": "a compressed file of the program compress",
    b"MSCF": "a cabinet archive",
    b"xar!": "a xar archive",
    b"PK\x07\x08": "one part of a split zip archive",
    b"PK00": "one part of a split zip archive",
    b"MZ": "a Windows program or a self-extracting archive",
}
_PACKED = dict.fromkeys(ZIP_MAGIC, "a zip archive") | {GZIP_MAGIC: "a gzip file"}
_DOCUMENTS = {
    b"%PDF": "a PDF",
    b"%!PS": "a PostScript file",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook or another Office document",
    b"SQLite format 3": "an SQLite database",
    b"RIFF": "a sound or a video",
    b"OggS": "a sound or a video",
    b"ID3": "a sound",
    b"\x1aE\xdf\xa3": "a video",
}
_ALL = _IMAGES | _ARCHIVES | _PACKED | _DOCUMENTS
_TEXTS = {
    b"<!doctype html": "a web page (HTML)",
    b"<html": "a web page (HTML)",
    b"<svg": "an SVG image",
    b"<?xml": "an XML or SVG file",
    b"http://": "a URL, not the file itself",
    b"https://": "a URL, not the file itself",
    b"data:": "a data URL, not the file itself",
    b"/9j/": "base64 text, not the file itself",
    b"ivborw0kggo": "base64 text, not the file itself",
    b"r0lgod": "base64 text, not the file itself",
    b"uklgr": "base64 text, not the file itself",
    b"{": "JSON",
    b"[": "JSON",
}
_OFFICE_MEMBERS = (b"[Content_Types].xml", b"_rels/", b"xl/", b"word/", b"ppt/", b"mimetype")
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}


def describe_file(head: bytes) -> str | None:
    """Return what a file is, such as "a 7z archive", judging by its first 512 bytes, or None."""
    if is_office_document(head):
        return "an Excel workbook or another Office document"
    if head[8:12] == b"WEBP":
        return "a WebP image"
    if has_tar_magic(head):
        return "a tar archive"
    if head[4:8] == b"ftyp":
        return _describe_iso_media(head)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return _find(_ALL, head) or _find_text(text)


def archive_type(head: bytes) -> str | None:
    """Return the type of an archive that is neither zip, tar nor gzip, or None."""
    if head[2:5] in {b"-lh", b"-lz"} and head[6:7] == b"-":
        return "an LHA archive"
    return _find(_ARCHIVES, head)


def has_tar_magic(head: bytes) -> bool:
    """Return whether a file is a tar archive; the oldest format has no magic bytes."""
    return head[257:262] == b"ustar"


def is_office_document(head: bytes) -> bool:
    """Return whether a zip archive is an Office document, judging by the first file it holds."""
    return head.startswith(ZIP_MAGIC[0]) and head[30:].startswith(_OFFICE_MEMBERS)


def _describe_iso_media(head: bytes) -> str:
    """Return what a file of the ISO base media format is, judging by its brands."""
    end = min(int.from_bytes(head[:4]), 512)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return "an AVIF image"
    return "a HEIC image" if brands & _HEIF_BRANDS else "a video"


def _find(types: dict[bytes, str], head: bytes) -> str | None:
    """Return the first type whose magic bytes the head starts with.

    If the head is text, ignore magic bytes shorter than four: text may start with them by chance.
    """
    text = head[:64].isascii() and b"\0" not in head[:64]
    return next(
        (
            name
            for magic, name in types.items()
            if head.startswith(magic) and not (text and len(magic) < 4)
        ),
        None,
    )


def _find_text(text: bytes) -> str | None:
    return next((name for start, name in _TEXTS.items() if text.startswith(start)), None)
