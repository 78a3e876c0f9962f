"""Parameters in paths, queries and headers, each with a description and an example."""

from typing import Annotated, Literal

from fastapi import Header, Path, Query
from pydantic import AfterValidator, BeforeValidator, Field
from starlette.convertors import PathConvertor

from core.domain import SKU_LENGTH, Availability, normalize_label
from core.errors import InvalidInput
from core.score_scale import MAX_RARITY
from core.tables.text_encoding import Encoding

JOB_ID = "5f0c1d9e7a2b4c3d8e6f0a1b"
UPLOAD_ID = "0a1b2c3d4e5f5f0c1d9e7a2b"
"""Examples of ids."""

PathConvertor.regex = "(?s:.*)"  # a name with a line break reaches its route, which rejects it


def _check_printable(sku: str) -> str:
    if not sku.isprintable():
        raise InvalidInput(f"SKU {sku[:80]!r}: use 1 to {SKU_LENGTH} printable characters")
    return sku


def _read_days(value: object) -> object:
    """Return a number of days that `Literal` can compare; it rejects everything else."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


CollectionPath = Annotated[str, Path(description="The collection's name.", examples=["shop"])]
SkuPath = Annotated[
    str,
    AfterValidator(normalize_label),
    AfterValidator(_check_printable),
    Path(description="The item's SKU, percent-encoded.", examples=["A-12"]),
]
UserPath = Annotated[
    str,
    Path(
        min_length=1,
        description="The user as in the sales (`md5email`), or an e-mail address; percent-encoded.",
        examples=["ann"],
    ),
]
"""SKUs and users may contain slashes, which servers decode early: `{sku:path}`, `{user:path}`."""
JobPath = Annotated[str, Path(description="The job's id.", examples=[JOB_ID])]
UploadPath = Annotated[
    str, Path(description="The upload's id, from the list of sales.", examples=[UPLOAD_ID])
]

ResumablePath = Annotated[
    str, Path(description="The id of a resumable upload.", examples=[UPLOAD_ID])
]

Limit = Annotated[int, Field(ge=1, description="Maximum number of results.", examples=[20])]
"""For queries and forms; routes set its maximum: `Annotated[Limit, Query(le=200)]`."""
MinScore = Annotated[
    float, Field(ge=0, le=1, description="Minimum similarity, 0 to 1.", examples=[0.5])
]
MinRarity = Annotated[
    int | None,
    Field(
        ge=1,
        le=MAX_RARITY,
        description="Minimum rarity of a match: at most one in so many random pairs of images of "
        "the collection is as alike. Means the same for every encoder, unlike `min_score`.",
        examples=[1000],
    ),
]
Filter = Annotated[
    str | None,
    Field(
        description="JSON object of conditions on attributes. All must hold; each is a value or an "
        "object with eq, ne, lt, lte, gt, gte, in, contains, exists, not. `or`, `and` and `not` "
        "combine filters. Items without the attribute meet only exists: false and negations.",
        examples=['{"kind": "dress", "price": {"lt": 50}}'],
    ),
]
ExcludeQuery = Annotated[
    str,
    Query(
        description="SKUs to leave out, separated by commas; at most 200.", examples=["A-12,B-7"]
    ),
]
IncludeQuery = Annotated[
    Literal["out_of_stock"] | None,
    Query(
        description="Also show items that are out of stock.",
        examples=["out_of_stock"],
    ),
]
Group = Annotated[
    bool,
    Field(
        description="If the collection has `group_by`: whether to show one item of each group, "
        "with the others as `variants`.",
        examples=[False],
    ),
]
AtMost = Annotated[
    str | None,
    Field(
        description="JSON object: of each of these attributes, how many items with the same value "
        "are shown at most.",
        examples=['{"kind": 3}'],
    ),
]
DiversityWeight = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        description="How much items that look like each other are spread: the next item has the "
        "largest (1 - diversity) x relevance - diversity x the greatest similarity to those "
        "before it.",
        examples=[0.3],
    ),
]
ColourWeight = Annotated[
    float | None,
    Field(
        ge=0,
        le=1,
        description="The weight of colour in scores: 0 compares shapes only, 1 colours only. By "
        "default, colour has the weight of the collection's recipe, 0.05 or 0.22.",
        examples=[0.5],
    ),
]
MatchesCursor = Annotated[
    str | None,
    Field(
        description="`next_cursor` of the previous page; all other parameters but `limit` stay "
        "the same. Empty: the first page.",
        examples=[""],
    ),
]
AvailabilityQuery = Annotated[
    Availability | None,
    Query(description="Only items with this availability.", examples=["hidden"]),
]
CountsQuery = Annotated[
    bool,
    Query(
        description="Also count the values of each attribute, and find the range of its numbers; "
        "of at most about 50,000 items.",
        examples=[True],
    ),
]
SkusQuery = Annotated[
    str,
    Query(
        description="Only the items with these SKUs, separated by commas; at most 200.",
        examples=["A-12,B-7"],
    ),
]
FilterQuery = Annotated[
    str,
    Query(
        description="JSON object of conditions on attributes, of which there must be at least one.",
        examples=['{"kind": "dress"}'],
    ),
]
DryRunQuery = Annotated[
    bool, Query(description="Only count the items, and change nothing.", examples=[True])
]
CursorQuery = Annotated[str | None, Query(description="`next_cursor` of the previous page.")]
JobCollectionQuery = Annotated[
    str | None, Query(description="Only jobs of this collection.", examples=["shop"])
]
FormatQuery = Annotated[
    Literal["csv", "jsonl"], Query(description="Format of the export.", examples=["csv"])
]
CountryQuery = Annotated[
    str,
    Query(
        description="Country: users without purchases get items that are popular there.",
        examples=["DE"],
    ),
]
PopularCountryQuery = Annotated[
    str, Query(description="Country in which the items are popular.", examples=["DE"])
]
DaysQuery = Annotated[
    Literal[7, 30, 90] | None,
    BeforeValidator(_read_days),
    Query(
        description="Count only the orders of the last 7, 30 or 90 days before the newest one.",
        examples=[30],
    ),
]
ZipQuery = Annotated[
    str,
    Query(
        description="Postcode in `country`, for items that are popular nearby.", examples=["20095"]
    ),
]
PrefixQuery = Annotated[
    str, Query(description="The start of users' names, or an e-mail address.", examples=["a"])
]
ColumnsQuery = Annotated[
    str,
    Query(
        description="Names of unrecognised columns, as comma-separated pairs of a sales column and "
        "the file's column.",
        examples=["md5email:customer,sku:article"],
    ),
]

DatesQuery = Annotated[
    Literal["day-first", "month-first"] | None,
    Query(
        description="The order of day and month in dates such as 01/02/2026, if the file leaves it "
        "open.",
        examples=["month-first"],
    ),
]
EncodingQuery = Annotated[
    Encoding | None,
    Query(
        description="The text encoding of the file; it is detected if this is omitted.",
        examples=["windows-1250"],
    ),
]

IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        description="Any text of 1 to 200 characters. A request that is sent again with the same "
        "key returns the job of the first request.",
        examples=["upload-2026-10-01"],
    ),
]
IfNoneMatchHeader = Annotated[
    str | None,
    Header(description="ETag of a cached copy: the response is 304 if the copy is still current."),
]
