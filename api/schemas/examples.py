"""An example of each shape on the wire; the tests hold them to the shapes."""

from typing import Any

from pydantic import BaseModel

from api.openapi.descriptions import ID, UPLOAD
from api.routes.about import AboutOut
from api.routes.encoders import EncoderOut, EncodersPage
from api.routes.health import LiveOut, ReadyOut
from api.schemas.models import (
    CollectionIn,
    CollectionOut,
    CollectionPatch,
    CollectionsPage,
    FailureOut,
    FailuresPage,
    ImageOut,
    ItemOut,
    ItemPatch,
    ItemsPage,
    JobOut,
    JobsPage,
    MatchesOut,
    MatchOut,
    ProblemOut,
    RebuildIn,
)
from api.schemas.sales import (
    PurchaseOut,
    RecommendationOut,
    RecommendationsOut,
    RecommenderOut,
    SalesOut,
    SalesUploadOut,
    UserOut,
    UsersPage,
)
from core.settings import Limits

_AT = "2026-10-01T09:30:00Z"
_LATER = "2026-10-01T09:30:21Z"
_IMAGE = "/v1/collections/shop/items/{}/image"
_ATTRIBUTES = {"kind": "dress", "price": 49.9}
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_COLLECTION = {
    "name": "shop",
    "description": "all that we sell",
    "encoder": "efficientnet-lite0",
    "changing_to": None,
    "state": "active",
    "items": 1200,
    "images": 3100,
    "created_at": _AT,
}
_PICTURE = {
    "view": "front",
    "url": f"{_IMAGE.format('A-12')}?view=front",
    "sha256": _DIGEST,
    "format": "JPEG",
    "width": 800,
    "height": 1000,
    "bytes": 91342,
}
_ITEM = {
    "sku": "A-12",
    "attributes": _ATTRIBUTES,
    "images": [_PICTURE],
    "created_at": _AT,
    "updated_at": _AT,
}
_PROGRESS = {
    "done": 640,
    "failed": 2,
    "skipped": 0,
    "updated": 0,
    "total": 3100,
    "rate": 142.0,
    "eta_seconds": 17.3,
}
_JOB = {
    "id": ID,
    "kind": "ingest",
    "collection": "shop",
    "state": "running",
    "progress": _PROGRESS,
    "created_at": _AT,
    "started_at": _AT,
    "finished_at": None,
    "result": None,
    "problem": None,
}
ENDED_JOB = _JOB | {
    "state": "partial",
    "progress": _PROGRESS | {"done": 3098, "rate": None, "eta_seconds": None},
    "finished_at": _LATER,
}
_FAILURE = {
    "file": "shop.zip/A-13/back.jpg",
    "sku": "A-13",
    "view": "back",
    "code": "unreadable-image",
    "reason": "this picture cannot be read: image file is truncated",
}
_MATCH = {
    "sku": "A-12",
    "score": 0.914,
    "view": "front",
    "image_url": f"{_IMAGE.format('A-12')}?view=front",
    "attributes": _ATTRIBUTES,
}
_SALES = {
    "id": UPLOAD,
    "filename": "sales.csv",
    "imported_at": _AT,
    "report": {
        "rows": 5210,
        "accepted": 5204,
        "rejected": 6,
        "delimiter": "comma",
        "columns": {"md5email": "customer", "sku": "sku"},
    },
}
_REPORT = {"gate": {"published": "model"}, "rows": 5204, "users": 830, "items": 1170}
_RECOMMENDER = {
    "generation": ID,
    "previous": UPLOAD,
    "trained_at": _AT,
    "stale": False,
    "report": _REPORT,
}
_PURCHASE = {"sku": "A-12", "at": _AT}
_USER = {"user": "ann", "orders": 3, "purchases": [_PURCHASE]}
_REASON = {"kind": "bought_together", "with": "A-12", "orders": 7}
_RECOMMENDATION = {
    "sku": "B-7",
    "score": 4.217,
    "image_url": _IMAGE.format("B-7"),
    "reasons": [_REASON],
}
_RECOMMENDATIONS = {
    "user": "ann",
    "generation": ID,
    "personal": True,
    "recommendations": [_RECOMMENDATION],
}
_ENCODER = {
    "name": "efficientnet-lite0",
    "family": "EfficientNet-Lite",
    "dim": 1280,
    "side": 224,
    "pooling": "gem-3",
    "licence": "Apache-2.0",
    "weights": "present",
    "detail": "",
    "images_per_second": 186.9,
}
_ABOUT = {
    "version": "0.1.0",
    "role": "read",
    "default_encoder": "efficientnet-lite0",
    "flower_url": "http://127.0.0.1:5555",
    "limits": Limits().model_dump(),
}
_PARTS = ("store", "redis", "cache", "milvus", "worker-search", "worker-embed", "worker-train")
_PROBLEM = {
    "type": "urn:lookalike:problem:not-found",
    "title": "Not found",
    "status": 404,
    "detail": "collection 'shop' does not exist",
    "code": "not-found",
}


def _page(item: dict[str, Any]) -> dict[str, Any]:
    return {"items": [item], "next_cursor": None}


EXAMPLES: dict[type[BaseModel], dict[str, Any]] = {
    CollectionIn: {"name": "shop", "description": "all that we sell"},
    CollectionPatch: {"description": "what we sold last year"},
    RebuildIn: {"repair": True},
    ItemPatch: {"attributes": {"price": 39.9, "season": None}},
    CollectionOut: _COLLECTION,
    CollectionsPage: _page(_COLLECTION),
    ImageOut: _PICTURE,
    ItemOut: _ITEM,
    ItemsPage: _page(_ITEM),
    JobOut: _JOB,
    JobsPage: _page(_JOB),
    FailureOut: _FAILURE,
    FailuresPage: _page(_FAILURE),
    MatchOut: _MATCH,
    MatchesOut: {
        "matches": [_MATCH],
        "timings": {"embed_ms": 12.1, "search_ms": 4.3, "total_ms": 16.4},
        "hint": None,
    },
    SalesUploadOut: _SALES,
    SalesOut: _page(_SALES),
    RecommenderOut: _RECOMMENDER,
    PurchaseOut: _PURCHASE,
    UserOut: _USER,
    UsersPage: _page(_USER),
    RecommendationOut: _RECOMMENDATION,
    RecommendationsOut: _RECOMMENDATIONS,
    EncoderOut: _ENCODER,
    EncodersPage: _page(_ENCODER),
    AboutOut: _ABOUT,
    LiveOut: {"state": "live"},
    ReadyOut: {"state": "ready", "parts": dict.fromkeys(_PARTS, "ok")},
    ProblemOut: _PROBLEM,
}


def name_in(schema: dict[str, Any]) -> str:
    """The name of the shape that a schema is, or may be; empty if it is none."""
    either = [schema, *schema.get("anyOf", [])]
    return next((one["$ref"].rpartition("/")[2] for one in either if "$ref" in one), "")


def example_of(schema: dict[str, Any]) -> dict[str, Any] | None:
    """The example of that shape."""
    name = name_in(schema)
    return next((one for shape, one in EXAMPLES.items() if shape.__name__ == name), None)
