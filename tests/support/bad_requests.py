"""Bad requests, each with the status and some words of the expected response.

A malformed body always gets 422, where other APIs return 400. Odd requests that are accepted have
their reason in a comment.
"""

import gzip
import json
from urllib.parse import quote

from tests.support.images import jpeg
from tests.support.sales import COLUMNS, as_csv

SHOP, ITEM = "/v1/collections/shop", "/v1/collections/shop/items/A"
LIST, ITEMS, SALES = "/v1/collections", f"{SHOP}/items", f"{SHOP}/sales"
UNKNOWN = "f" * 24
JSON, CSV = {"content-type": "application/json"}, {"content-type": "text/csv"}
FORM = {"content-type": "multipart/form-data; boundary=b"}
IMAGE = {"files": ("A.jpg", jpeg(1))}
GZIPPED = gzip.compress(b"{}")
DEEP = "[" * 900 + "]" * 900
LINE = ["ann", "A", "1", "10115", "DE", "2026-01-02"]


def send_json(text, *, path=LIST, method="POST"):
    return method, path, {"content": text, "headers": JSON}


def set_attributes(text):
    return send_json(f'{{"attributes": {text}}}', path=ITEM, method="PATCH")


def put_form(text):
    return "PUT", ITEM, {"files": IMAGE, "data": {"attributes": text}}


def put_sku(path):
    return "PUT", f"{ITEMS}/{path}", {"files": IMAGE}


def search(data=b"x", **form):
    return "POST", f"{SHOP}/search", {"files": {"image": ("q.jpg", data)}, "data": form}


def send_sales(data):
    return "POST", SALES, {"content": data, "headers": CSV}


def send_parts(body, **headers):
    return "POST", ITEMS, {"content": body, "headers": {**FORM, **headers}}


def part(name="files", filename="A.jpg", data="x"):
    options = f'name="{name}"' + (f'; filename="{filename}"' if filename else "")
    return f"--b\r\ncontent-disposition: form-data; {options}\r\n\r\n{data}\r\n"


BODIES = {
    "JSON of 900 levels as a string": (*send_json(f'{{"name": {DEEP}}}'), 422, "name"),
    "JSON of 900 levels in a body": (*set_attributes(f'{{"a": {DEEP}}}'), 422, "nested"),
    "JSON of 5000 levels": (*send_json("[" * 5000), 422, "body"),
    "NaN": (*set_attributes('{"a": NaN}'), 422, "NaN"),
    "infinity": (*set_attributes('{"a": [1, -Infinity]}'), 422, "infinite"),
    "a huge integer": (*set_attributes('{"a": [1' + "0" * 400 + "]}"), 422, "too large"),
    "1e999": (*set_attributes('{"a": {"b": 1e999}}'), 422, "infinite"),
    "a lone surrogate": (*set_attributes('{"a": "\\ud800"}'), 422, "surrogate"),
    "a lone surrogate as an attribute name": (*set_attributes('{"\\udfff": 1}'), 422, "surrogate"),
    "a lone surrogate as a collection name": (*send_json('{"name": "\\ud800"}'), 422, "name"),
    "a lone surrogate in a description": (
        *send_json('{"name": "new", "description": "\\ud800"}'), 422, "description",
    ),
    "20 kB of attributes": (*set_attributes(json.dumps({"a": "x" * 20_000})), 422, "16,384"),
    "NaN in a form": (*put_form('{"a": NaN}'), 422, "NaN"),
    "1e999 in a form": (*put_form('{"a": 1e999}'), 422, "infinite"),
    "JSON of 900 levels in a form": (*put_form(f'{{"a": {DEEP}}}'), 422, "nested"),
    "a lone surrogate in a form": (*put_form('{"a": "\\ud800"}'), 422, "surrogate"),
    "invalid UTF-8": (*send_json(b'{"name": "\xff"}'), 422, "body"),
    "truncated JSON": (*send_json('{"name": "sh'), 422, "JSON"),
    "a number of 5000 digits": (*send_json(f'{{"name": {"9" * 5000}}}'), 422, "body"),
    "a string as a boolean": (*send_json('{"repair": "1"}', path=f"{SHOP}/rebuild"), 422, "repair"),
    "a number as a boolean": (*send_json('{"repair": 1}', path=f"{SHOP}/rebuild"), 422, "repair"),
    "a boolean as a string": (*send_json('{"name": true}'), 422, "name"),
    "an unexpected field": (
        *send_json('{"name": "new", "admin": true}'), 422,
        "'admin'; known: name, encoder, description",
    ),
    "a field twice": (*send_json('{"name": "a", "name": "b"}'), 422, "'name' appears twice"),
    "an attribute twice": (*set_attributes('{"a": 1, "a": 2}'), 422, "'a' appears twice"),
    "an attribute twice in a form": (*put_form('{"a": 1, "a": 2}'), 422, "'a' appears twice"),
    "JSON sent as CSV": ("POST", LIST, {"content": "{}", "headers": CSV}, 415, "text/csv"),
    "JSON without a content type": ("POST", LIST, {"content": "{}"}, 415, "no Content-Type"),
    "gzipped JSON": (
        "POST", LIST, {"content": GZIPPED, "headers": JSON | {"content-encoding": "gzip"}}, 415,
        "'gzip' is not supported",
    ),
    "a body where none is expected": (
        *send_json('{"algorithm": "als"}', path=f"{SHOP}/recommender"), 422, "takes no body",
    ),
    "a form where none is expected": (
        "DELETE", ITEM, {"content": "a=1", "headers": CSV}, 422, "takes no body",
    ),
    "2 MB of JSON": (*send_json(b" " * (2 << 20)), 413, "1 MiB"),
    "2 MB of JSON for an item": (*set_attributes(" " * (2 << 20)), 413, "1 MiB"),
    "2 MB without a content length": (
        "POST", LIST, {"content": iter([b" " * (1 << 20)] * 2), "headers": JSON}, 413, "1 MiB",
    ),
}  # fmt: skip
FORMS = {
    "a form without a boundary": (
        *send_parts(part(), **{"content-type": "multipart/form-data"}), 415, "multipart/form-data",
    ),
    "a truncated form": (*send_parts(part()), 422, "truncated"),
    "a body that is not multipart": (*send_parts(b"hello"), 422, "multipart"),
    "a body without a content type": ("POST", ITEMS, {"content": jpeg(1)}, 415, "multipart"),
    "a form with an unexpected field": (
        *send_parts(part("x") + "--b--"), 422, "'x'; known: files, manifest",
    ),
    "a form with text as a file": (
        *send_parts(part(filename="") + "--b--"), 422, "send a file with a file name",
    ),
    "a form with a file as text": (*send_parts(part("folders") + "--b--"), 422, "send text"),
    "a form with a text field twice": (
        *send_parts(part("folders", "") * 2 + part() + "--b--"), 422, "'folders' is given twice",
    ),
    "a gzipped form": (
        *send_parts(GZIPPED, **{"content-encoding": "gzip"}), 415, "'gzip' is not supported",
    ),
    "JSON as a form": (*send_json("{}", path=ITEMS), 415, "`files`"),
    "a form with too many files": (*send_parts(part() * 51 + "--b--"), 413, "50 files"),
    "a form that is too large": (*send_parts(part(data="x" * (3 << 20)) + "--b--"), 413, "MiB"),
    "a form with empty files": (*send_parts(part(data="") + "--b--"), 422, "empty"),
    "a part with a huge header": (
        *send_parts(f"--b\r\nx: {'y' * 70_000}\r\n\r\nx\r\n--b--"), 422, "header",
    ),
    # file names are data, not paths: the job uses the base name, or fails the file
    "a file called ../../x": (*send_parts(part(filename="../../x.jpg") + "--b--"), 202, ""),
    "a file name of 3,000 characters": (*send_parts(part(filename="n" * 3000) + "--b--"), 202, ""),
    "a file name of 5,000 characters": (
        *send_parts(part(filename="n" * 5000) + "--b--"), 422, "header",
    ),
    "a file called con": (*send_parts(part(filename="con") + "--b--"), 202, ""),
}  # fmt: skip
NAMES = {
    "a sku with quotes": (*put_sku("a'%22;--"), 202, ""),  # printable: escaped where it is used
    "a sku of 129 characters": (*put_sku("x" * 129), 422, "SKU"),
    "a sku with NUL": (*put_sku("a%00b"), 422, "SKU"),
    "a sku of two lines": (*put_sku("a%0Ab"), 422, "SKU"),
    "a blank sku": (*put_sku("%20"), 422, "SKU"),
    "no sku": (*put_sku(""), 422, "SKU"),
    "a sku with a slash": (*put_sku("a%2Fb"), 202, ""),
    "a sku with an empty part": (*put_sku("a%2F%2Fb"), 422, "SKU"),
    "a sku with a path traversal": (*put_sku("a%2F..%2Fb"), 422, "SKU"),
    "a sku called ..": (*put_sku("%2e%2e%2f"), 422, "SKU"),
    "a sku that names a resource": (*put_sku("a%2Fsimilar"), 422, "similar"),
    "a user with a path traversal": ("DELETE", f"{SHOP}/users/a%2F..", {}, 422, "user"),
    "a user that names a resource": (
        "DELETE", f"{SHOP}/users/ann%2Frecommendations", {}, 422, "recommendations",
    ),
    "a collection with a slash at its end": ("DELETE", f"{SHOP}/", {}, 404, "/docs"),
    "a collection with a path traversal": ("GET", f"{LIST}/..%2f..%2fetc", {}, 404, ""),
    "an invalid collection name": ("GET", f"{LIST}/no'%22", {}, 422, "collection name"),
    "an unknown collection": ("GET", f"{LIST}/none", {}, 404, "does not exist"),
    "an upload with a path traversal": ("GET", f"{SALES}/..%2Fx/rejects.csv", {}, 404, ""),
    "an unknown upload": ("DELETE", f"{SALES}/{UNKNOWN}", {}, 404, "does not exist"),
    "an unknown encoder": (*send_json('{"name": "n", "encoder": "x"}'), 422, "'x'"),
    "an unknown sku": ("GET", f"{ITEMS}/none/similar", {}, 404, "none"),
    # jobs are deleted after thirty days without a trace: 404, never 410
    "an unknown job": ("GET", f"/v1/jobs/{UNKNOWN}", {}, 404, "no job"),
    "an emoji as a job": ("GET", f"/v1/jobs/{quote(chr(0x1F600))}", {}, 404, "no job"),
    "a long idempotency key": (
        "POST", ITEMS, {"files": IMAGE, "headers": {"idempotency-key": "x" * 201}}, 422, "Key",
    ),
    "a negative limit": ("GET", f"{ITEMS}?limit=-1", {}, 422, "limit"),
    "a boolean limit": ("GET", f"{ITEMS}?limit=true", {}, 422, "limit"),
    "a lone surrogate in a filter": (
        "GET", ITEMS, {"params": {"filter": '{"a": "\\ud800"}'}}, 422, "filter",
    ),
    "a filter of 900 levels": ("GET", ITEMS, {"params": {"filter": DEEP}}, 422, "filter"),
    "a filter of 1e999": ("GET", ITEMS, {"params": {"filter": '{"a": 1e999}'}}, 422, "filter"),
    "an unknown query parameter": (
        "GET", f"{ITEMS}?limt=5", {}, 422, "'limt'; known: limit, cursor, filter",
    ),
    "an unknown query parameter of the fast route": (
        "GET", f"{SHOP}/users/ann/recommendations?n=5", {}, 422, "'n'; known: limit, country, zip",
    ),
    "an unknown query parameter of an upload": (
        "POST", f"{ITEMS}?folders=kind", {"files": IMAGE}, 422, "'folders'; this path has none",
    ),
    "a query parameter twice": ("GET", f"{ITEMS}?limit=1&limit=2", {}, 422, "'limit' is given 2"),
    "an invalid cursor for items": ("GET", f"{ITEMS}?cursor=zzz", {}, 422, "cursor"),
    "an invalid cursor for jobs": ("GET", "/v1/jobs?cursor=zzz", {}, 422, "cursor"),
    "an unknown cursor for jobs": ("GET", f"/v1/jobs?cursor={UNKNOWN}", {}, 422, "cursor"),
    "an invalid cursor for users": ("GET", f"{SHOP}/users?cursor=zzz", {}, 422, "cursor"),
    "a part of the ledger as a job": ("GET", f"/v1/jobs/{UNKNOWN}:tokens", {}, 404, "no job"),
    "a search with JSON": (*send_json("{}", path=f"{SHOP}/search"), 415, "`image`"),
    "a search with an image as the body": (
        "POST", f"{SHOP}/search", {"content": jpeg(1)}, 415, "`image`",
    ),
    "a search with a URL": (
        "POST", f"{SHOP}/search", {"data": {"image": "http://a/b.jpg"}}, 422, "received a URL",
    ),
    "a search with an unknown field": (
        *search(jpeg(1), limt=3), 422, "'limt'; known: image, text, limit, min_score",
    ),
    "a search with noise": (*search(b"noise" * 1000), 422, "not an image"),
    "a search with an empty image": (*search(b""), 422, "empty"),
    "a search with a large image": (*search(b"x" * ((1 << 20) + 1)), 413, "1 MiB"),
    "a search for 201 matches": (*search(limit=201), 422, "limit"),
    "a search by words with a rarity": (
        "POST", f"{SHOP}/search", {"data": {"text": "red", "min_rarity": 100}}, 422, "min_score",
    ),
    "a search for 201 characters": (
        "POST", f"{SHOP}/search", {"data": {"text": "x" * 201}}, 422, "text: ",
    ),
    "a search for a blank": ("POST", f"{SHOP}/search", {"data": {"text": " "}}, 422, "`text`"),
    "a search with an infinite score": (*search(min_score="inf"), 422, "min_score"),
    "an unknown path": ("GET", "/v2", {}, 404, "/docs"),
    "an unsupported method": ("DELETE", LIST, {}, 405, "DELETE"),
}  # fmt: skip
FILES = {
    "an empty sales file": (*send_sales(b""), 422, "empty"),
    "a sales file of zeros": (*send_sales(bytes(100)), 422, "empty"),
    "an image as a sales file": (*send_sales(jpeg(1)), 415, "JPEG"),
    "a sales file without a content type": ("POST", SALES, {"content": b"a"}, 415, "text/csv"),
    "a sales file without a column": (*send_sales(as_csv([], ["sku", "zip"])), 422, "md5email"),
    "a sales file with a column twice": (*send_sales(as_csv([], [*COLUMNS, "sku"])), 422, "sku"),
    # other formats are read if they are unambiguous
    "a sales file with semicolons": (*send_sales(as_csv([LINE], delimiter=";")), 202, ""),
    "a sales file in UTF-16": (*send_sales(as_csv([LINE]).decode().encode("utf-16")), 202, ""),
    "a sales file in Latin-1": (
        *send_sales(as_csv([["Jürgen", *LINE[1:]]]).decode().encode("latin-1")), 202, "",
    ),
    "a sales file with extra columns": (
        *send_sales(as_csv([[*LINE, "x"]], [*COLUMNS, "y"])), 202, "",
    ),
    "a sales file with only a header": (*send_sales(as_csv([])), 202, ""),  # its job fails
}  # fmt: skip


def with_filter(method, filter, body=None, **params):
    content = {"params": {"filter": json.dumps(filter), **params}}
    return method, ITEMS, content | ({} if body is None else {"json": {"attributes": body}})


def set_types(types):
    return "PATCH", f"{SHOP}/attributes", {"json": {"types": types}}


def send_import(**options):
    return "POST", ITEMS, {"files": IMAGE, "data": options}


CHEAP, HATS = {"price": "cheap"}, {"kind": "hat"}
TYPES = {
    "a text for a number in JSON": (*set_attributes('{"price": "soon"}'), 422, "not a number"),
    "a text for a number in a form": (*put_form('{"price": "soon"}'), 422, "not a number"),
    "an ambiguous number": (*set_attributes('{"price": "1,234"}'), 422, "may mean 1234 or 1.234"),
    "a number for a boolean": (*set_attributes('{"new": 5}'), 422, "neither true nor false"),
    "a filter by another type": (*with_filter("GET", CHEAP), 422, "'cheap' is not a number"),
    "a search by another type": (*search(filter=json.dumps(CHEAP)), 422, "'cheap' is not"),
    "a change by another type": (*with_filter("PATCH", CHEAP, {"new": 1}), 422, "'cheap' is not"),
    "a change to another type": (*with_filter("PATCH", HATS, {"price": "soon"}), 422, "'soon' is"),
    "a change of nothing": (*with_filter("PATCH", HATS, {}), 422, "at least one attribute"),
    "a change of all items": (*with_filter("PATCH", {}, {"new": True}), 422, "at least one cond"),
    "a change without a filter": (
        "PATCH", ITEMS, {"json": {"attributes": {"new": True}}}, 422, "query.filter"),
    "a deletion of all items": (*with_filter("DELETE", {}), 422, "at least one condition"),
    "a deletion without a filter": ("DELETE", ITEMS, {}, 422, "query.filter"),
    "a deletion by another type": (*with_filter("DELETE", CHEAP), 422, "'cheap' is not a number"),
    "a dry run of a deletion": (*with_filter("DELETE", HATS, dry_run="true"), 202, ""),
    "an unknown type": (*set_types({"price": "colour"}), 422, "types.price"),
    "a type of no attribute": (*set_types({}), 422, "types"),
    "an attribute without a name": (*set_types({"": "text"}), 422, "types"),
    "a share of deletions without sync": (
        *send_import(max_deleted_share="0.5"), 422, "only together with sync=true"),
    "a share of deletions above one": (
        *send_import(sync="true", max_deleted_share="50"), 422, "from 0 to 1"),
    "a flag that is neither true nor false": (*send_import(sync="maybe"), 422, "true or false"),
}  # fmt: skip
