"""Exports the recommendation lists of all users as CSV or JSON lines."""

import csv
import io
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.dependencies import CollectionDep, ServicesDep
from api.schemas.parameters import FormatQuery
from core.csv_safety import escape_formula
from core.errors import NotFound
from core.recommendations import Recommendation
from core.storage.item import item_key

router = APIRouter(prefix="/v1/collections/{c}/recommendations", tags=["recommender"])

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
    collection: CollectionDep, services: ServicesDep, format: FormatQuery = "jsonl"
) -> StreamingResponse:
    """Stream the recommendation lists of all users."""
    generations = services.generations(collection)
    live = generations.recommender().live
    if live is None:
        raise NotFound(
            f"collection {collection.name!r} has no recommendations yet; upload its sales"
        )
    blocks = generations.user_blocks(live)
    if not blocks:
        raise NotFound(f"the store has lost the lists of generation {live}; train again")
    serialize = _to_csv if format == "csv" else _to_jsonl
    media_type = "text/csv; charset=utf-8" if format == "csv" else "application/jsonl"
    existing = set(services.items(collection).keys())  # skips items deleted since the training run

    def chunks() -> Iterator[str]:
        yield _CSV_HEADER if format == "csv" else ""
        for block in blocks:
            for user, lists in generations.read_lists(live, block):
                rows = lists.recommendations
                yield serialize(user, [row for row in rows if item_key(row.sku) in existing])

    return StreamingResponse(chunks(), media_type=media_type)


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
