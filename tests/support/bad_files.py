"""Files that no shop sends on purpose: pictures, archives, sales; each with what comes of it."""

import stat
import struct
import zipfile
from io import BytesIO

from PIL import Image

from tests.core.encoders.images.test_hostile_images import bomb, chunk
from tests.support.archives import tarred, zipped
from tests.support.images import jpeg
from tests.support.sales_files import DAY, line


def written(kind="PNG", mode="RGB", size=(40, 40), **more):
    file = BytesIO()
    Image.new(mode, size).save(file, kind, **more)
    return file.getvalue()


def link():
    one = zipfile.ZipInfo("A.jpg")
    one.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({one: b"/etc/passwd"})


def twice():
    return zipped({"A.jpg": jpeg(1), "B/main.jpg": jpeg(1), "A/main.jpg": jpeg(2)})


def with_list(data, at, what, value):
    """An archive whose list of files says something else of the first."""
    data = bytearray(data)
    struct.pack_into(what, data, data.find(b"PK\x01\x02") + at, value)
    return bytes(data)


ONE = zipped({"A.jpg": jpeg(1)})
TEXT = chunk(b"zTXt", b"a\0\0" + bytes(100))  # not deflated at all

PICTURES = {
    "nothing": (b"", 422),
    "text": (b"hello, this is no picture", 422),
    "HTML": (b"<html><body>hello</body></html>", 422),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
    "TIFF": (written("TIFF"), 415),
    "icon": (written("ICO"), 415),
    "PDF": (b"%PDF-1.7 and so on", 415),
    "EPS, which would start another program": (written("EPS"), 422),
    "a bomb of 64 megapixels": (bomb(8000), 413),
    "a bomb of 400 megapixels": (bomb(20_000), 413),
    "a JPEG that breaks off": (jpeg(1)[:-500], 422),
    "a PNG that breaks off": (written()[:-30], 422),
    "a PNG with a wrong sum": (written()[:19] + b"x" + written()[20:], 422),
    "one pixel": (written(size=(1, 1)), 422),
    "a line of pixels": (written(size=(16_384, 1)), 422),
    "a JPEG in CMYK": (written("JPEG", "CMYK"), 200),
    "a PNG of 16 bits": (written(mode="I;16"), 200),
    "grey": (written(mode="L"), 200),
    "grey with transparency": (written(mode="LA"), 200),
    "a palette": (written("GIF", "P"), 200),
    "transparency": (written("WEBP", "RGBA"), 200),
    "two bits": (written(mode="1"), 200),
}
# the status is that of the whole archive, else of the only file in it
ARCHIVES = {
    "a name that leads out": (zipped({"../A.jpg": jpeg(1)}), 422, "leads out"),
    "an absolute name": (tarred({"/etc/A.jpg": jpeg(1)}), 422, "leads out"),
    "a link in a zip": (link(), 422, "link"),
    "a link in a tar": (tarred({}, links=[("A.jpg", "/etc/passwd")]), 422, "links"),
    "two files of one view": (twice(), 422, "is A.jpg already"),
    "an encrypted file": (with_list(ONE, 8, "<H", 1), 422, "encrypted"),
    "an unknown method": (with_list(ONE, 10, "<H", 12), 415, "method"),
    "an archive in an archive": (zipped({"B.zip": ONE}), 415, "inside an archive"),
    "a file that says it is large": (with_list(ONE, 24, "<I", 0x7FFFFFFF), 413, "'A.jpg'"),
    "a zip that swells": (zipped({"A.bmp": bytes(17 << 20)}), 413, "'A.bmp'"),
    "a tar that swells": (tarred({"A.bmp": bytes(17 << 20)}, mode="w:gz"), 413, "unpacks"),
    "a zip of too many files": (zipped({f"{n}.jpg": b"" for n in range(101)}), 413, "101"),
    "a tar of too many files": (tarred({f"{n}.jpg": b"" for n in range(101)}), 413, "100"),
    "a zip that breaks off": (ONE[:-30], 422, "zip archive"),
    "a gzip that breaks off": (tarred({"A.jpg": jpeg(1)}, mode="w:gz")[:-30], 422, "gzip"),
    "an empty zip": (zipped({}), 422, "no picture"),
}

# rows are set aside one by one with their reasons; the others count
ROWS = {
    "a field too many": ((*line(), "x"), "number of fields"),
    "a field too few": (line()[:-1], "number of fields"),
    "a blank customer": (line(user=" "), "md5email"),
    "a blank sku": (line(sku=""), "sku"),
    "a sku of 129 letters": (line(sku="x" * 129), "sku"),
    "a day that is not": (line(at="2026-02-30"), "created_at"),
    "a day to come": (line(at="2999-01-01"), "created_at"),
    "the start of clocks": (line(at="1969-12-31"), "created_at"),
    "no day": (line(at="NaN"), "created_at"),
}
KEPT = {
    "007": line(user="007", at=DAY),
    "NA": line(user="NA"),
    "null": line(user="null"),
    "1e5": line(user="1e5"),
    "None": line(user="None"),
}
