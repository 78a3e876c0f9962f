"""Search by an image, and items similar to an item."""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, UploadFile

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import MISSING_WEIGHTS, problem_responses
from api.schemas.parameters import CropForm, Filter, ImageFile, Limit, MinScore, SkuPath
from api.schemas.search import MatchesOut, MatchOut
from api.services.form_parsing import parse_crop
from api.services.urls import image_url
from core.cache.search_rpc import SearchRequest
from core.errors import Conflict, InvalidInput, TooLarge, UnsupportedMediaType
from core.filters.hints import explain_no_matches
from core.filters.parse import parse_filter
from core.settings import MEBIBYTE

router = APIRouter(prefix="/v1/collections/{c}", tags=["search"])

MAX_MATCHES = 200
_HINT_SAMPLE = 200  # items that a hint is derived from
_WEIGHTS_DIFFER = Conflict(
    "the vectors were made with other weights than this worker's; the two must not be mixed"
)
_NOT_AN_IMAGE = UnsupportedMediaType(
    "this is a PDF file; supported formats are JPEG, PNG, WEBP, GIF and BMP"
)


@router.post(
    "/search", responses=problem_responses(_WEIGHTS_DIFFER, _NOT_AN_IMAGE, MISSING_WEIGHTS)
)
def by_image(  # noqa: PLR0913, PLR0917 - one parameter per form field
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    image: ImageFile,
    limit: Annotated[Limit, Form(le=MAX_MATCHES)] = 10,
    min_score: Annotated[MinScore, Form()] = 0,
    filter: Annotated[Filter, Form()] = None,
    crop: CropForm = None,
) -> MatchesOut:
    """Find items that look like an image, best first."""
    query = SearchRequest(
        collection=collection.name,
        limit=limit,
        min_score=min_score,
        filter=filter,
        crop=parse_crop(crop),
    )
    return _search(query, _read_image(image, services), request, services)


@router.get("/items/{sku}/similar", responses=problem_responses(_WEIGHTS_DIFFER, MISSING_WEIGHTS))
def by_item(  # noqa: PLR0913, PLR0917 - one parameter per query parameter
    sku: SkuPath,
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    limit: Annotated[Limit, Query(le=MAX_MATCHES)] = 10,
    min_score: Annotated[MinScore, Query()] = 0,
    filter: Annotated[Filter, Query()] = None,
) -> MatchesOut:
    """Find items that look like an item, best first."""
    services.items(collection).get(sku)
    query = SearchRequest(
        collection=collection.name, sku=sku, limit=limit, min_score=min_score, filter=filter
    )
    return _search(query, b"", request, services)


def _read_image(image: UploadFile, services: Services) -> bytes:
    limit_mb = services.settings.limits.max_image_mb
    data = image.file.read(limit_mb * MEBIBYTE + 1)
    if len(data) > limit_mb * MEBIBYTE:
        raise TooLarge(f"the image exceeds {limit_mb} MiB; send a smaller image")
    if not data:
        raise InvalidInput("the `image` field is empty; send the bytes of an image in it")
    return data


def _search(query: SearchRequest, image: bytes, request: Request, services: Services) -> MatchesOut:
    parse_filter(query.filter)  # rejects an invalid filter before a worker gets it
    request_id = services.search_rpc.send(query, image)
    services.dispatcher.enqueue_search(request_id)
    response = services.search_rpc.wait(request_id)
    response.raise_for_problem()
    matches = [
        MatchOut(
            image_url=image_url(request, query.collection, match.sku, match.view), **dict(match)
        )
        for match in response.matches
    ]
    hint = None if matches else _hint(query, services)
    return MatchesOut(matches=matches, timings=response.timings, hint=hint)


def _hint(query: SearchRequest, services: Services) -> str | None:
    """Explain an empty result from a sample of items: a hint must not cost more than the search."""
    if query.filter is None:
        return None
    items = services.items(services.collections.get(query.collection))
    sample = items.by_keys(list(islice(items.keys(), _HINT_SAMPLE)))
    return explain_no_matches(parse_filter(query.filter), [item.attributes for item in sample])
