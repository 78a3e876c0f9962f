"""Exports the recommendation lists of all users as CSV or JSON lines."""

import csv
import io
from collections.abc import Iterator, Sequence

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.dependencies import CollectionDep, Services, ServicesDep
from api.schemas.parameters import FormatQuery, IncludeQuery
from api.services.published_lists import no_lists
from core.batching import batched
from core.csv_safety import escape_formula
from core.domain import Availability
from core.errors import NotFound, Unavailable
from core.recommendations import Recommendation
from core.recommender.options import RecommenderSettings
from core.storage import Collection
from core.storage.item import item_key

router = APIRouter(prefix="/v1/collections/{c}/recommendations", tags=["recommender"])

_USERS = 200
"""So many users are written with the same knowledge of what is available."""
_CSV_HEADER = "user,rank,sku,score\r\n"
_EXAMPLE = '{"user":"ann","recommendations":[{"sku":"B-7","score":4.217,"reasons":[]}]}\n'
_EXAMPLES = {"application/jsonl": _EXAMPLE, "text/csv": f"{_CSV_HEADER}ann,1,B-7,4.217\r\n"}


class _Line(BaseModel):
    user: str
    recommendations: list[Recommendation]


@router.get(
    "",
    response_class=StreamingResponse,
    response_description="The recommendation lists, one user after another.",
    responses={200: {"content": {kind: {"example": text} for kind, text in _EXAMPLES.items()}}},
)
def export_lists(
    collection: CollectionDep,
    services: ServicesDep,
    format: FormatQuery = "jsonl",
    include: IncludeQuery = None,
) -> StreamingResponse:
    """Stream the recommendation lists of all users, without items that are deleted or hidden, and
    without those that are out of stock unless you `include` them.

    These are the lists as they were trained: merchandising rules, groups and limits such as
    `at_most` do not change them. A mailing and the list of a single user follow the rules.
    """
    generations = services.generations(collection)
    live = generations.recommender().live
    if live is None:
        raise no_lists(collection.name)
    blocks = generations.user_blocks(live)
    if not blocks:
        raise NotFound(f"the store has lost the lists of generation {live}; train again")
    serialize = _to_csv if format == "csv" else _to_jsonl
    media_type = "text/csv; charset=utf-8" if format == "csv" else "application/jsonl"
    length = RecommenderSettings.model_validate(services.settings.recommender).list_length
    existing = set(services.items(collection).keys())  # skips items deleted since the training run

    def chunks() -> Iterator[str]:
        yield _CSV_HEADER if format == "csv" else ""
        for block in blocks:
            for users in batched(generations.read_lists(live, block), _USERS):
                skus = {row.sku for _, lists in users for row in lists.recommendations}
                skipped = _unavailable(collection, [*skus], services, include)
                skipped |= {sku for sku in skus if item_key(sku) not in existing}
                for user, lists in users:
                    rows = [row for row in lists.recommendations if row.sku not in skipped]
                    yield serialize(user, rows[:length])

    return StreamingResponse(chunks(), media_type=media_type)


def _unavailable(
    collection: Collection, skus: Sequence[str], services: Services, include: str | None
) -> set[str]:
    """Return the items to leave out now; the store knows them too, if the cache does not."""
    try:
        states = services.item_cache.availabilities(collection.name, skus)
    except Unavailable:
        states = None
    if states is None:
        states = services.availability(collection).unavailable(skus)
    served = Availability.OUT_OF_STOCK if include else Availability.IN_STOCK
    return {sku for sku, state in states.items() if state is not served}


def _to_csv(user: str, rows: list[Recommendation]) -> str:
    text = io.StringIO()
    user = escape_formula(user)
    csv.writer(text).writerows(
        [user, rank, escape_formula(row.sku), row.score] for rank, row in enumerate(rows, 1)
    )
    return text.getvalue()


def _to_jsonl(user: str, rows: list[Recommendation]) -> str:
    line = _Line(user=user, recommendations=rows)
    return line.model_dump_json(by_alias=True, exclude_none=True) + "\n"
