import email
from email.policy import HTTP

import pytest

from lookalike.multipart_stream import Part, Upload


def parsed(upload):
    """The parts of the body, read by the standard library's MIME parser."""
    head = f"Content-Type: {upload.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + b"".join(upload), policy=HTTP)
    return list(message.iter_parts())


def one_file(name, pieces, *more):
    """An upload of one file."""
    size = sum(map(len, pieces))
    return Upload((Part("files", name, size, lambda: iter(pieces)),), *more)


def test_the_body_holds_the_file_as_the_part_named_files():
    data = bytes(range(256)) * 10
    (part,) = parsed(one_file("shop.zip", [data[:100], data[100:]]))
    disposition = part["content-disposition"]
    assert disposition.params == {"name": "files", "filename": "shop.zip"}
    assert part.get_payload(decode=True) == data


@pytest.mark.parametrize("name", ["shop.zip", "grün ♥.tar", 'a"b\r\nc.zip'])
def test_the_announced_length_is_that_of_the_body(name):
    upload = one_file(name, [b"hello"])
    assert int(upload.headers["Content-Length"]) == len(b"".join(upload))


def test_a_name_cannot_break_out_of_its_header():
    upload = one_file('x"\r\nEvil: 1\r\n\r\n.jpg', [b"hello"])
    (part,) = parsed(upload)
    assert part["Evil"] is None
    assert part.get_payload(decode=True) == b"hello"


def test_progress_is_told_up_to_the_end():
    told = []
    upload = one_file("a.zip", [b"ab", b"cdef"], lambda *now: told.append(now))
    list(upload)
    assert told == [(2, 6), (6, 6)]


def test_several_files_and_a_text_come_apart_again_and_progress_is_that_of_all():
    told = []
    files = [Part("files", f"{n}.jpg", 3, lambda: iter([b"abc"])) for n in range(2)]
    text = Part.text("attributes", '{"brand": "Öl"}')
    upload = Upload([*files, text], lambda *now: told.append(now))
    body = b"".join(upload)
    assert int(upload.headers["Content-Length"]) == len(body)
    parts = parsed(upload)
    assert [part["content-disposition"].params.get("filename") for part in parts] == ([
        "0.jpg",
        "1.jpg",
        None,
    ])
    assert parts[2].get_payload(decode=True).decode() == '{"brand": "Öl"}'
    assert told[2] == (6 + len('{"brand": "Öl"}'.encode()),) * 2
