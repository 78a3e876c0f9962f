"""Bad files: images, archives and sales rows, each with its expected result."""

import stat
import struct
import zipfile
from io import BytesIO

from PIL import Image

from tests.support.archives import make_tar, make_zip
from tests.support.hostile_images import decompression_bomb, png_chunk
from tests.support.images import jpeg
from tests.support.sales_files import DAY, line


def encode(format="PNG", mode="RGB", size=(40, 40)):
    file = BytesIO()
    Image.new(mode, size).save(file, format)
    return file.getvalue()


def zipped_link():
    link = zipfile.ZipInfo("A.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return make_zip({link: b"/etc/passwd"})


def patch_directory(data, offset, format, value):
    """Overwrite a field of the first entry in a zip archive's central directory."""
    data = bytearray(data)
    struct.pack_into(format, data, data.find(b"PK\x01\x02") + offset, value)
    return bytes(data)


ONE = make_zip({"A.jpg": jpeg(1)})
TEXT = png_chunk(b"zTXt", b"a\0\0" + bytes(100))  # not compressed with deflate

IMAGES = {
    "nothing": (b"", 422),
    "text": (b"hello, this is not an image", 422),
    "HTML": (b"<html><body>hello</body></html>", 415),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
    "TIFF": (encode("TIFF"), 200),
    "icon": (encode("ICO"), 415),
    "PDF": (b"%PDF-1.7 and so on", 415),
    "EPS, which would start Ghostscript": (encode("EPS"), 415),
    "a bomb of 64 megapixels": (decompression_bomb(8000), 413),
    "a bomb of 400 megapixels": (decompression_bomb(20_000), 413),
    "a truncated JPEG": (jpeg(1)[:-500], 422),
    "a truncated PNG": (encode()[:-30], 422),
    "a PNG with a wrong checksum": (encode()[:19] + b"x" + encode()[20:], 422),
    "one pixel": (encode(size=(1, 1)), 422),
    "a line of pixels": (encode(size=(16_384, 1)), 422),
    "a JPEG in CMYK": (encode("JPEG", "CMYK"), 200),
    "a 16-bit PNG": (encode(mode="I;16"), 200),
    "grey": (encode(mode="L"), 200),
    "grey with transparency": (encode(mode="LA"), 200),
    "a palette": (encode("GIF", "P"), 200),
    "transparency": (encode("WEBP", "RGBA"), 200),
    "black and white": (encode(mode="1"), 200),
}
# the status of the whole archive or, if it can be read, of its only file
ARCHIVES = {
    "a path that leads outside": (make_zip({"../A.jpg": jpeg(1)}), 422, "leads out"),
    "an absolute path": (make_tar({"/etc/A.jpg": jpeg(1)}), 422, "leads out"),
    "a link in a zip": (zipped_link(), 422, "link"),
    "a link in a tar": (make_tar({}, links=[("A.jpg", "/etc/passwd")]), 422, "links"),
    "an encrypted file": (patch_directory(ONE, 8, "<H", 1), 422, "encrypted"),
    "an unknown compression method": (patch_directory(ONE, 10, "<H", 12), 415, "method"),
    "an archive in an archive": (make_zip({"B.zip": ONE}), 415, "inside an archive"),
    "a file with a false large size": (patch_directory(ONE, 24, "<I", 0x7FFFFFFF), 413, "'A.jpg'"),
    "a zip bomb": (make_zip({"A.bmp": bytes(17 << 20)}), 413, "'A.bmp'"),
    "a tar bomb": (make_tar({"A.bmp": bytes(17 << 20)}, mode="w:gz"), 413, "unpacks"),
    "a zip with too many files": (make_zip({f"{n}.jpg": b"" for n in range(101)}), 413, "101"),
    "a tar with too many files": (make_tar({f"{n}.jpg": b"" for n in range(101)}), 413, "100"),
    "a truncated zip": (ONE[:-30], 422, "zip archive"),
    "a truncated gzip": (make_tar({"A.jpg": jpeg(1)}, mode="w:gz")[:-30], 422, "gzip"),
    "an empty zip": (make_zip({}), 422, "no image"),
}

# each row is rejected with its reason; the other rows are imported
REJECTED_ROWS = {
    "one field too many": ((*line(), "x"), "more fields"),
    "one field too few": (line()[:-1], "date (created_at) is empty"),
    "NA": (line(user="NA"), "customer (md5email) is empty"),
    "null": (line(user="null"), "customer (md5email) is empty"),
    "None": (line(user="None"), "customer (md5email) is empty"),
    "a blank user": (line(user=" "), "md5email"),
    "a blank sku": (line(sku=""), "sku"),
    "a sku of 129 characters": (line(sku="x" * 129), "sku"),
    "an impossible date": (line(at="2026-02-30"), "created_at"),
    "a future date": (line(at="2999-01-01"), "created_at"),
    "a date before 1970": (line(at="1969-12-31"), "created_at"),
    "not a date": (line(at="NaN"), "created_at"),
}
ACCEPTED_ROWS = {
    "007": line(user="007", at=DAY),
    "1e5": line(user="1e5"),
    "Nona": line(user="Nona"),
}
