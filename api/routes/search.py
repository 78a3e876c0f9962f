"""Search by a picture, and look-alikes of an item."""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, UploadFile

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import MISSING, documented
from api.schemas.models import MatchesOut, MatchOut, image_url
from api.services.form_parsing import parse_crop
from core import errors
from core.cache.search_rpc import Question
from core.errors import Conflict, CoreError, InvalidInput, TooLarge, UnsupportedMedia
from core.filters.hints import hint
from core.filters.parse import parse
from core.settings import MEBIBYTE

router = APIRouter(prefix="/v1/collections/{c}", tags=["search"])

MAX_MATCHES = 200
LOOKED_AT = 200
Limit = Annotated[int, Query(ge=1, le=MAX_MATCHES)]
Score = Annotated[float, Query(ge=0, le=1)]
_MIXED = Conflict("the vectors are of other weights than this worker's; the two must not be mixed")
_NO_PICTURE = UnsupportedMedia("this is a PDF file; taken are JPEG, PNG, WEBP, GIF and BMP")


@router.post("/search", responses=documented(_MIXED, _NO_PICTURE, MISSING))
def by_picture(  # noqa: PLR0913, PLR0917 - one parameter a form field
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    image: Annotated[UploadFile, File()],
    limit: Annotated[int, Form(ge=1, le=MAX_MATCHES)] = 10,
    min_score: Annotated[float, Form(ge=0, le=1)] = 0,
    filter: Annotated[str | None, Form()] = None,
    crop: Annotated[str | None, Form()] = None,
) -> MatchesOut:
    """Items that look like a picture, best first; `crop` is left,top,right,bottom in fractions."""
    question = Question(
        collection=collection.name,
        limit=limit,
        min_score=min_score,
        filter=_filter(filter),
        crop=parse_crop(crop),
    )
    return _ask(question, _picture(image, services), request, services)


@router.get("/items/{sku}/similar", responses=documented(_MIXED, MISSING))
def by_item(  # noqa: PLR0913, PLR0917 - one parameter a query field
    sku: str,
    collection: CollectionDep,
    request: Request,
    services: ServicesDep,
    limit: Limit = 10,
    min_score: Score = 0,
    filter: str | None = None,
) -> MatchesOut:
    """Items that look like an item, best first."""
    services.items(collection).get(sku)
    question = Question(
        collection=collection.name,
        sku=sku,
        limit=limit,
        min_score=min_score,
        filter=_filter(filter),
    )
    return _ask(question, b"", request, services)


def _picture(image: UploadFile, services: Services) -> bytes:
    most = services.settings.limits.image_mb * MEBIBYTE
    data = image.file.read(most + 1)
    if len(data) > most:
        raise TooLarge(f"the picture has more than {services.settings.limits.image_mb} MiB")
    if not data:
        raise InvalidInput("the picture is empty: send its bytes as `image`")
    return data


def _filter(text: str | None) -> str | None:
    """The filter as it came, after it was found to be one."""
    parse(text)
    return text


def _ask(question: Question, picture: bytes, request: Request, services: Services) -> MatchesOut:
    asked = services.exchange.ask(question, picture)
    services.dispatcher.ask(asked)
    answer = services.exchange.wait(asked)
    if "problem" in answer:
        kind: type[CoreError] = getattr(errors, answer["problem"], CoreError)
        raise kind(answer["detail"])
    matches = [
        MatchOut(
            image_url=image_url(request, question.collection, found["sku"], found["view"]),
            **found,
        )
        for found in answer["matches"]
    ]
    told = None if matches else _hint(question, services)
    return MatchesOut(matches=matches, timings=answer["timings"], hint=told)


def _hint(question: Question, services: Services) -> str | None:
    """Looks at some items only: a hint must not cost more than the search."""
    if question.filter is None:
        return None
    items = services.items(services.collections.get(question.collection))
    some = items.by_keys(list(islice(items.keys(), LOOKED_AT)))
    return hint(parse(question.filter), [item.attributes for item in some])
