"""Words on parameters, fields of forms and groups of operations, by name."""

from typing import Any

ABOUT = """\
Pictures in, look-alikes out; sales in, recommendations out.

* **Errors** are `application/problem+json` (RFC 9457): `detail` is for people and says what to do,
  `code` is for programs. Any request may be answered 500, of which the server's log tells more.
* **Long work** is a job: the answer is 202 with the job and its `Location`, to be polled or
  watched. With `Prefer: wait=N` the server waits up to N seconds, and answers 200 with the job if
  it has ended by then.
* **Lists** come in pages: `next_cursor` of one is the `cursor` of the next.
* **Keys**: where the server has keys, send one as `Authorization: Bearer KEY`.
"""
KEY = "Where the server has keys (`lookalike keys create`); else none is needed."
TAGS = {
    "collections": "Named sets of items, all embedded by one network.",
    "items": "What is sold: its pictures and attributes.",
    "search": "Items by their looks.",
    "sales": "Order lines, as CSV files.",
    "recommender": "What customers are offered, and what that is learned from.",
    "jobs": "Long work: its progress, what failed of it, cancel, retry.",
    "encoders": "The networks that a collection can be made with.",
    "about": "The server itself.",
    "health": "For whoever watches the server.",
}
ID = "5f0c1d9e7a2b4c3d8e6f0a1b"
UPLOAD = "0a1b2c3d4e5f5f0c1d9e7a2b"
FILTER = '{"kind": "dress", "price": {"lt": 50}}'

# what it is, and an example of it
NAMES: dict[str, tuple[str, Any]] = {
    "c": ("The collection's name.", "shop"),
    "collection": ("Only jobs of this collection.", "shop"),
    "sku": ("The item, percent-encoded.", "A-12"),
    "user": (
        "The customer, as `md5email` of the sales names them, or their address; percent-encoded.",
        "ann",
    ),
    "job": ("The job's id.", ID),
    "columns": (
        "What columns of the file are called, where that is not known: ours, a colon, the file's; "
        "with commas between.",
        "md5email:customer,sku:article",
    ),
    "upload": ("The upload's id, from the list of sales.", UPLOAD),
    "limit": ("At most so many.", 20),
    "cursor": ("`next_cursor` of the page before.", None),
    "prefix": ("Only customers whose name begins so; or the one of an address.", "a"),
    "min_score": ("Only what is at least so similar, 0 to 1.", 0.5),
    "filter": (
        "JSON: attributes and what they must be, all of them; a value, or an object with eq, ne, "
        "lt, lte, gt, gte, in. An attribute that an item lacks never matches.",
        FILTER,
    ),
    "view": ("Which picture of the item; without it, the first.", "front"),
    "size": ("A thumbnail: a JPEG of at most so many pixels a side.", 256),
    "format": ("How lists are written.", "csv"),
    "country": ("For customers without purchases: popular there.", "DE"),
    "zip": ("With `country`: popular nearby.", "20095"),
    "idempotency-key": (
        "Text of your choice, 1 to 200 characters: a request sent again with it is answered with "
        "the job of the first.",
        "upload-2026-10-01",
    ),
    "if-none-match": ("The ETag of what the client has: answers 304 if it is still so.", None),
    "prefer": ("Wait up to so many seconds, at most 300, for the job to end.", "wait=60"),
    "image": ("The picture to search by.", "query.jpg"),
    "crop": ("Search a part: left,top,right,bottom in fractions of the picture.", "0.1,0.2,0.9,1"),
    "files": ("Pictures, zip or tar archives.", "pictures.zip"),
    "manifest": (
        "items.csv or items.jsonl: `sku`, `file`, `view`, attributes; or that without pictures.",
        "items.csv",
    ),
    "folders": (
        "An attribute: each picture is an item then, and the name of its folder the attribute's "
        "value. Without it, a folder is an item, and its pictures are views.",
        "kind",
    ),
    "file": ("The CSV, gzipped or zipped if you like.", "sales.csv"),
    "attributes": ("JSON: the item's attributes.", '{"kind": "dress", "price": 49.9}'),
}
