import email
from email.policy import HTTP

import pytest

from lookalike.upload import Upload


def parsed(upload):
    """The only part of the body, read by the standard library's MIME parser."""
    head = f"Content-Type: {upload.headers['Content-Type']}\r\n\r\n".encode()
    message = email.message_from_bytes(head + b"".join(upload), policy=HTTP)
    (part,) = message.iter_parts()
    return part


def test_the_body_holds_the_file_as_the_part_named_files():
    data = bytes(range(256)) * 10
    part = parsed(Upload("shop.zip", len(data), lambda: iter([data[:100], data[100:]])))
    disposition = part["content-disposition"]
    assert disposition.params == {"name": "files", "filename": "shop.zip"}
    assert part.get_payload(decode=True) == data


@pytest.mark.parametrize("name", ["shop.zip", "grün ♥.tar", 'a"b\r\nc.zip'])
def test_the_announced_length_is_that_of_the_body(name):
    upload = Upload(name, 5, lambda: iter([b"hello"]))
    assert int(upload.headers["Content-Length"]) == len(b"".join(upload))


def test_a_name_cannot_break_out_of_its_header():
    upload = Upload('x"\r\nEvil: 1\r\n\r\n.jpg', 5, lambda: iter([b"hello"]))
    part = parsed(upload)
    assert part["Evil"] is None
    assert part.get_payload(decode=True) == b"hello"


def test_progress_is_told_up_to_the_end():
    told = []
    upload = Upload("a.zip", 6, lambda: iter([b"ab", b"cdef"]), lambda *now: told.append(now))
    list(upload)
    assert told == [(2, 6), (6, 6)]
