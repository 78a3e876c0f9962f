"""Search by image or text; `run_search` also searches by item."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from api.bounded_route import BoundedRoute
from api.dependencies import Services, ServicesDep
from api.errors import MISSING_WEIGHTS, problem_responses
from api.schemas.form_fields import CropForm, ImageFile, SearchText
from api.schemas.parameters import (
    AtMost,
    CollectionPath,
    ColourWeight,
    DiversityWeight,
    Filter,
    Group,
    Limit,
    MatchesCursor,
    MinRarity,
    MinScore,
)
from api.schemas.search import MatchesOut, MatchOut, UnderstoodOut
from api.services.cursors import SearchIdentity, matches_cursor, parse_matches_cursor
from api.services.filter_hints import explain_filter
from api.services.form_parsing import parse_crop
from api.services.index_hints import explain_index
from api.services.typed_options import definition_of, parse_at_most_of
from api.services.urls import image_urls
from core.attributes import AttributeTypes
from core.cache.search_messages import SearchRequest, SearchResponse
from core.encoders.images.decoding import decoding_errors, open_image
from core.errors import (
    Conflict,
    InvalidInput,
    TooLarge,
    UnreadableImage,
    UnsupportedMediaType,
)
from core.filters.typed import parse_typed_filter
from core.rules import Placement
from core.settings import MEBIBYTE, Limits

router = APIRouter(prefix="/v1/collections/{c}", tags=["search"], route_class=BoundedRoute)

MAX_MATCHES = 200
WEIGHTS_DIFFER = Conflict(
    "the vectors were made with other weights than this worker's; the two must not be mixed"
)
_NOT_AN_IMAGE = UnsupportedMediaType(
    "this is a PDF; supported formats are JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC"
)
_UNREADABLE = UnreadableImage("the image cannot be read: it is truncated")


@router.post(
    "/search",
    response_model=MatchesOut,
    responses=problem_responses(WEIGHTS_DIFFER, _NOT_AN_IMAGE, _UNREADABLE, MISSING_WEIGHTS),
)
async def by_image(  # noqa: PLR0913, PLR0917 - one parameter per form field
    c: CollectionPath,
    request: Request,
    services: ServicesDep,
    image: ImageFile = None,
    text: SearchText = "",
    limit: Annotated[Limit, Form(le=MAX_MATCHES)] = 10,
    min_score: Annotated[MinScore, Form()] = 0,
    min_rarity: Annotated[MinRarity, Form()] = None,
    filter: Annotated[Filter, Form()] = None,
    crop: CropForm = None,
    group: Annotated[Group, Form()] = True,
    at_most: Annotated[AtMost, Form()] = None,
    diversity: Annotated[DiversityWeight, Form()] = 0,
    colour: Annotated[ColourWeight, Form()] = None,
    cursor: Annotated[MatchesCursor, Form()] = None,
) -> Response:
    """Find items that look like an image, or that fit a text, or both, best first.

    To read the next page, send the same again, with `next_cursor` as `cursor`. With `diversity`,
    all pages together contain the 300 best matches at most.
    """
    text = text.strip()
    if image is None and not text:
        raise InvalidInput("send the bytes of an `image`, a `text` to search for, or both")
    await definition_of(c, services)  # not as a dependency, which would take a thread
    min_score = await services.score_scales.min_score(
        c, min_score, min_rarity, is_plain=colour is None and not text
    )
    query = SearchRequest(
        collection=c,
        text=text,
        limit=limit,
        min_score=min_score,
        filter=filter,
        crop=parse_crop(crop),
        group=group,
        at_most=await parse_at_most_of(c, at_most, services),
        diversity=diversity,
        colour=colour,
        rules=(await services.rule_books.active(c, Placement.SEARCH)).records,
    )
    page = await run_search(query, image, request, services, cursor=cursor)
    # FastAPI would validate and convert the page again
    return Response(page.model_dump_json(), media_type="application/json")


async def run_search(
    query: SearchRequest,
    image: UploadFile | None,
    request: Request,
    services: Services,
    *,
    cursor: str | None = None,
) -> MatchesOut:
    """Wait for the response without holding a thread, so that slow workers delay only searches."""
    data = await run_in_threadpool(_check, query, image, services)
    digest = SearchIdentity.of(query).digest(data)
    query = query.model_copy(update={"after": parse_matches_cursor(cursor, digest)})
    response = await services.search_client.search(query, data)
    is_plain = query.colour is None and not any(words.sources for words in response.understood)
    scale = await services.score_scales.get(query.collection) if is_plain else None
    images = [(match.sku, match.view) for match in response.matches]
    urls = await image_urls(request, services, query.collection, images)
    matches = [
        MatchOut(
            image_url=url,
            **dict(match),
            **(scale.fields(match.score) if scale else {}),
        )
        for match, url in zip(response.matches, urls, strict=True)
    ]
    hint = None if matches else await run_in_threadpool(_hint, query, services)
    return MatchesOut(
        matches=matches,
        understood=[UnderstoodOut(**dict(words)) for words in response.understood],
        timings=response.timings,
        next_cursor=_next_cursor(query, response, digest),
        hint=hint,
    )


def _next_cursor(query: SearchRequest, response: SearchResponse, digest: str) -> str | None:
    if not response.has_more or not response.matches:
        return None
    before = query.after.count if query.after else 0
    return matches_cursor(before + len(response.matches), response.matches[-1].sku, digest)


def _check(query: SearchRequest, image: UploadFile | None, services: Services) -> bytes:
    """Return the bytes of the image; reject an invalid search before a worker gets it."""
    parse_typed_filter(query.filter, _attribute_types(query, services))
    if query.sku is not None:
        services.items(services.collections.get(query.collection)).get(query.sku)
    return _read_image(image, services.settings.limits) if image else b""


def _read_image(image: UploadFile, limits: Limits) -> bytes:
    data = image.file.read(limits.max_image_mb * MEBIBYTE + 1)
    if len(data) > limits.max_image_mb * MEBIBYTE:
        raise TooLarge(f"the image exceeds {limits.max_image_mb} MiB; send a smaller image")
    if not data:
        raise InvalidInput("the `image` field is empty; send the bytes of an image in it")
    with decoding_errors():
        open_image(data, limits.max_megapixels)
    return data


def _hint(query: SearchRequest, services: Services) -> str | None:
    """Explain why nothing matches."""
    collection = services.collections.get(query.collection)
    if query.filter is None:
        return explain_index(query, collection, services)
    filter = parse_typed_filter(query.filter, collection.attribute_types)
    return explain_filter(filter, collection, services)


def _attribute_types(query: SearchRequest, services: Services) -> AttributeTypes:
    return services.collections.get(query.collection).attribute_types if query.filter else {}
