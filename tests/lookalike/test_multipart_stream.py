import email
from email.policy import HTTP

import pytest

from lookalike.multipart_stream import FormPart, MultipartUpload


def parsed(upload):
    """The parts of the body, parsed by the standard library."""
    head = f"Content-Type: {upload.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + b"".join(upload), policy=HTTP)
    return list(message.iter_parts())


def one_file(name, chunks, *more):
    """An upload of one file."""
    size = sum(map(len, chunks))
    return MultipartUpload((FormPart("files", name, size, lambda: iter(chunks)),), *more)


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


def test_progress_is_reported_up_to_the_end():
    calls = []
    upload = one_file("a.zip", [b"ab", b"cdef"], lambda *call: calls.append(call))
    list(upload)
    assert calls == [(2, 6), (6, 6)]


def test_several_files_and_a_text_are_parsed_again_and_progress_covers_all():
    calls = []
    files = [FormPart("files", f"{n}.jpg", 3, lambda: iter([b"abc"])) for n in range(2)]
    text = FormPart.text("attributes", '{"brand": "Öl"}')
    upload = MultipartUpload([*files, text], lambda *call: calls.append(call))
    body = b"".join(upload)
    assert int(upload.headers["Content-Length"]) == len(body)
    parts = parsed(upload)
    assert [part["content-disposition"].params.get("filename") for part in parts] == ([
        "0.jpg",
        "1.jpg",
        None,
    ])
    assert parts[2].get_payload(decode=True).decode() == '{"brand": "Öl"}'
    assert calls[2] == (6 + len('{"brand": "Öl"}'.encode()),) * 2
