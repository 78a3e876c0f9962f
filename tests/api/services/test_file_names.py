"""File names as clients send them; the expected names are written by hand."""

import pytest
from fastapi import FastAPI, UploadFile
from fastapi.testclient import TestClient

from api.services.file_names import PartName, parse_disposition

FORM = 'form-data; name="files"'
SENT = {
    "browsers": ('filename="Größe.jpg"', "Größe.jpg"),
    "no quotes": ("filename=A-1.jpg", "A-1.jpg"),
    "only filename*": ("filename*=UTF-8''Gr%C3%B6%C3%9Fe.jpg", "Größe.jpg"),
    "filename* first": ("filename*=UTF-8''Gr%C3%B6%C3%9Fe.jpg; filename=\"x.jpg\"", "Größe.jpg"),
    "filename* last": ("filename=\"x.jpg\"; filename*=utf-8'de'Gr%C3%B6%C3%9Fe.jpg", "Größe.jpg"),
    "filename* in quotes": ("filename*=\"UTF-8''a%20b.jpg\"", "a b.jpg"),
    "filename* in Latin-1": ("filename*=iso-8859-1''%A3.jpg", "£.jpg"),
    "filename* that is invalid": ("filename=\"A.jpg\"; filename*=none''x.jpg", "A.jpg"),
    "filename* of invalid bytes": ("filename=\"A.jpg\"; filename*=UTF-8''%FF.jpg", "A.jpg"),
    "filename* within a name": (
        "filename=\"a; filename*=UTF-8''b.jpg\"", "a; filename*=UTF-8''b.jpg",
    ),
    "an escaped quote": ('filename="12%22.jpg"', '12".jpg'),
    "a backslash before a quote": (r'filename="12\".jpg"', '12".jpg'),
    "line breaks": ('filename="a%0D%0Ab%0a.jpg"', "a\r\nb\n.jpg"),
    "a percent sign": ('filename="50%25 off%20.jpg"', "50%25 off%20.jpg"),
    "RFC 2047 in base 64": ('filename="=?utf-8?B?R3LDtsOfZS5qcGc=?="', "Größe.jpg"),
    "RFC 2047 quoted": ('filename="=?ISO-8859-1?Q?Gr=F6=DFe=5F1.jpg?="', "Größe_1.jpg"),
    "RFC 2047 in two words": (
        'filename="=?utf-8?B?R3LDtg==?= =?utf-8?B?w59lLmpwZw==?="', "Größe.jpg",
    ),
    "RFC 2047 that is damaged": ('filename="=?none?B?R3I=?="', "=?none?B?R3I=?="),
    "a folder": ('filename="shop/A/front.jpg"', "front.jpg"),
    "a folder on Windows": (r'filename="C:\photos\A.jpg"', "A.jpg"),
    "a folder in filename*": ("filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
    "an empty name": ('filename=""', "unnamed"),
    "a long name": (f'filename="{"n" * 300}.jpg"', "n" * 255),
}  # fmt: skip


@pytest.mark.parametrize("client", SENT)
def test_a_file_name_is_read_as_its_client_meant_it(client):
    parameter, expected = SENT[client]
    assert parse_disposition(f"{FORM}; {parameter}".encode()) == PartName("files", expected)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_a_file_name_of_an_old_client_is_decoded(encoding):
    header = f'{FORM}; filename="Größe.jpg"'.encode(encoding)
    assert parse_disposition(header) == PartName("files", "Größe.jpg")


@pytest.mark.parametrize("header", [b"", None, b"form-data", b'form-data; name="files"'])
def test_a_part_without_a_file_name_is_text(header):
    assert parse_disposition(header).file is None


def test_fastapi_takes_a_part_with_only_an_extended_file_name_for_a_file():
    app = FastAPI()

    @app.post("/")
    def name(image: UploadFile) -> str:
        return image.filename

    part = b"--x\r\nContent-Disposition: form-data; name=image; filename*=UTF-8''a%C3%9F.jpg\r\n"
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = TestClient(app).post("/", content=part + b"\r\nbytes\r\n--x--\r\n", headers=headers)
    assert (answer.status_code, answer.json()) == (200, "aß.jpg")
