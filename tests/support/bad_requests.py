"""Requests that no shop sends on purpose, each with the status and some words of its answer.

A body that cannot be read is answered 422 in every case, where others say 400. What others refuse
and we take has its reason in its row.
"""

import json
from urllib.parse import quote

from tests.support.images import jpeg
from tests.support.sales import COLUMNS, as_csv

SHOP, ITEM = "/v1/collections/shop", "/v1/collections/shop/items/A"
LIST, ITEMS, SALES = "/v1/collections", f"{SHOP}/items", f"{SHOP}/sales"
UNKNOWN = "f" * 24
JSON, CSV = {"content-type": "application/json"}, {"content-type": "text/csv"}
FORM = {"content-type": "multipart/form-data; boundary=b"}
PICTURE = {"files": ("A.jpg", jpeg(1))}
DEEP = "[" * 900 + "]" * 900
LINE = ["ann", "A", "1", "10115", "DE", "2026-01-02"]


def of_json(text, *, path=LIST, method="POST"):
    return method, path, {"content": text, "headers": JSON}


def of_attributes(text):
    return of_json(f'{{"attributes": {text}}}', path=ITEM, method="PATCH")


def of_form(text):
    return "PUT", ITEM, {"files": PICTURE, "data": {"attributes": text}}


def of_sku(path):
    return "PUT", f"{ITEMS}/{path}", {"files": PICTURE}


def of_search(data=b"x", **form):
    return "POST", f"{SHOP}/search", {"files": {"image": ("q.jpg", data)}, "data": form}


def of_sales(data):
    return "POST", SALES, {"content": data, "headers": CSV}


def of_parts(body, **more):
    return "POST", ITEMS, {"content": body, "headers": {**FORM, **more}}


def part(name="files", filename="A.jpg", data="x"):
    named = f'name="{name}"' + (f'; filename="{filename}"' if filename else "")
    return f"--b\r\ncontent-disposition: form-data; {named}\r\n\r\n{data}\r\n"


BODIES = {
    "JSON of 900 levels for a text": (*of_json(f'{{"name": {DEEP}}}'), 422, "name"),
    "JSON of 900 levels in a body": (*of_attributes(f'{{"a": {DEEP}}}'), 422, "nested"),
    "JSON of 5000 levels": (*of_json("[" * 5000), 422, "body"),
    "NaN": (*of_attributes('{"a": NaN}'), 422, "NaN"),
    "infinity": (*of_attributes('{"a": [1, -Infinity]}'), 422, "infinite"),
    "1e999": (*of_attributes('{"a": {"b": 1e999}}'), 422, "infinite"),
    "half a character": (*of_attributes('{"a": "\\ud800"}'), 422, "surrogate"),
    "half a character as a name": (*of_attributes('{"\\udfff": 1}'), 422, "surrogate"),
    "half a character for a collection": (*of_json('{"name": "\\ud800"}'), 422, "name"),
    "half a character that is told of it": (
        *of_json('{"name": "new", "description": "\\ud800"}'), 422, "description",
    ),
    "attributes of 20 kB": (*of_attributes(json.dumps({"a": "x" * 20_000})), 422, "16,384 bytes"),
    "a form's NaN": (*of_form('{"a": NaN}'), 422, "NaN"),
    "a form's 1e999": (*of_form('{"a": 1e999}'), 422, "infinite"),
    "a form's JSON of 900 levels": (*of_form(f'{{"a": {DEEP}}}'), 422, "nested"),
    "a form's half a character": (*of_form('{"a": "\\ud800"}'), 422, "surrogate"),
    "broken UTF-8": (*of_json(b'{"name": "\xff"}'), 422, "body"),
    "JSON that breaks off": (*of_json('{"name": "sh'), 422, "JSON"),
    "a number of 5000 digits": (*of_json(f'{{"name": {"9" * 5000}}}'), 422, "body"),
    "a text for a truth": (*of_json('{"repair": "1"}', path=f"{SHOP}/rebuild"), 422, "repair"),
    "a number for a truth": (*of_json('{"repair": 1}', path=f"{SHOP}/rebuild"), 422, "repair"),
    "a truth for a text": (*of_json('{"name": true}'), 422, "name"),
    "a field too many": (*of_json('{"name": "new", "admin": true}'), 422, "admin"),
    "JSON of another kind": ("POST", LIST, {"content": "{}", "headers": CSV}, 422, "body"),
    "2 MB of JSON": (*of_json(b" " * (2 << 20)), 413, "1 MiB"),
    "2 MB of JSON for an item": (*of_attributes(" " * (2 << 20)), 413, "1 MiB"),
    "2 MB whose length is not told": (
        "POST", LIST, {"content": iter([b" " * (1 << 20)] * 2), "headers": JSON}, 413, "1 MiB",
    ),
}  # fmt: skip
FORMS = {
    "a form without a boundary": (
        *of_parts(part(), **{"content-type": "multipart/form-data"}), 415, "multipart/form-data",
    ),
    "a form that breaks off": (*of_parts(part()), 422, "breaks off"),
    "a form that is none": (*of_parts(b"hello"), 422, "multipart"),
    "a form that is not announced": ("POST", ITEMS, {"content": jpeg(1)}, 415, "multipart"),
    "a form with an unknown part": (*of_parts(part("x") + "--b--"), 422, "'x'"),
    "a form of more parts than allowed": (*of_parts(part() * 51 + "--b--"), 413, "50 files"),
    "a form larger than allowed": (*of_parts(part(data="x" * (3 << 20)) + "--b--"), 413, "MiB"),
    "a form of empty files": (*of_parts(part(data="") + "--b--"), 422, "empty"),
    "a part whose header never ends": (
        *of_parts(f"--b\r\nx: {'y' * 70_000}\r\n\r\nx\r\n--b--"), 422, "header",
    ),
    # the name is data, never a path: what is left of it names an item, or the job says why not
    "a file called ../../x": (*of_parts(part(filename="../../x.jpg") + "--b--"), 202, ""),
    "a file of 3,000 letters": (*of_parts(part(filename="n" * 3000) + "--b--"), 202, ""),
    "a file of 5,000 letters": (*of_parts(part(filename="n" * 5000) + "--b--"), 422, "header"),
    "a file called con": (*of_parts(part(filename="con") + "--b--"), 202, ""),
}  # fmt: skip
NAMES = {
    "a quoted sku": (*of_sku("a'%22;--"), 202, ""),  # printable: quoted wherever it goes
    "a sku of 129 letters": (*of_sku("x" * 129), 422, "sku"),
    "a sku with NUL": (*of_sku("a%00b"), 422, "sku"),
    "a sku of two lines": (*of_sku("a%0Ab"), 422, "sku"),
    "a blank sku": (*of_sku("%20"), 422, "sku"),
    "no sku": (*of_sku(""), 405, "PUT"),
    "a sku with a slash": (*of_sku("a%2Fb"), 404, ""),
    "a collection that leads elsewhere": ("GET", f"{LIST}/..%2f..%2fetc", {}, 404, ""),
    "a collection of no name": ("GET", f"{LIST}/no'%22", {}, 422, "collection name"),
    "a collection that is not there": ("GET", f"{LIST}/none", {}, 404, "does not exist"),
    "a generation that leads elsewhere": ("GET", f"{SALES}/..%2Fx/rejects.csv", {}, 404, ""),
    "an upload that is not there": ("DELETE", f"{SALES}/{UNKNOWN}", {}, 404, "does not exist"),
    "an encoder that is not there": (*of_json('{"name": "n", "encoder": "x"}'), 422, "'x'"),
    "an unknown sku": ("GET", f"{ITEMS}/none/similar", {}, 404, "none"),
    # jobs are forgotten after thirty days, and what they were with them: 404, never 410
    "an unknown job": ("GET", f"/v1/jobs/{UNKNOWN}", {}, 404, "not known"),
    "a job of any text": ("GET", f"/v1/jobs/{quote(chr(0x1F600))}", {}, 404, "not known"),
    "a long key of a request": (
        "POST", ITEMS, {"files": PICTURE, "headers": {"idempotency-key": "x" * 201}}, 422, "Key",
    ),
    "a limit that is none": ("GET", f"{ITEMS}?limit=-1", {}, 422, "limit"),
    "a limit that is true": ("GET", f"{ITEMS}?limit=true", {}, 422, "limit"),
    "a filter with half a character": (
        "GET", ITEMS, {"params": {"filter": '{"a": "\\ud800"}'}}, 422, "filter",
    ),
    "a filter of 900 levels": ("GET", ITEMS, {"params": {"filter": DEEP}}, 422, "filter"),
    "a filter of 1e999": ("GET", ITEMS, {"params": {"filter": '{"a": 1e999}'}}, 422, "filter"),
    "a search for nothing": (*of_search(b""), 422, "empty"),
    "a search for too much": (*of_search(b"x" * ((1 << 20) + 1)), 413, "1 MiB"),
    "a search for 201": (*of_search(limit=201), 422, "limit"),
    "a search above infinity": (*of_search(min_score="inf"), 422, "min_score"),
    "an unknown path": ("GET", "/v2", {}, 404, "/docs"),
    "a method that is not": ("DELETE", LIST, {}, 405, "DELETE"),
}  # fmt: skip
FILES = {
    "an empty sales file": (*of_sales(b""), 422, "empty"),
    "a sales file of zeros": (*of_sales(bytes(100)), 422, "empty"),
    "a sales file that is a picture": (*of_sales(jpeg(1)), 415, "JPEG"),
    "a sales file of no kind": ("POST", SALES, {"content": b"a"}, 415, "text/csv"),
    "a sales file without a column": (*of_sales(as_csv([], ["sku", "zip"])), 422, "md5email"),
    "a sales file with a column twice": (*of_sales(as_csv([], [*COLUMNS, "sku"])), 422, "sku"),
    # what others write is read, where it is sure what it says
    "a sales file of semicolons": (*of_sales(as_csv([LINE], delimiter=";")), 202, ""),
    "a sales file in UTF-16": (*of_sales(as_csv([LINE]).decode().encode("utf-16")), 202, ""),
    "a sales file in Latin-1": (
        *of_sales(as_csv([["Jürgen", *LINE[1:]]]).decode().encode("latin-1")), 202, "",
    ),
    "a sales file with more columns": (*of_sales(as_csv([[*LINE, "x"]], [*COLUMNS, "y"])), 202, ""),
    "a sales file of a heading alone": (*of_sales(as_csv([])), 202, ""),  # its job fails
}  # fmt: skip
