"""Merchandising rules: read them, replace them, remove them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from api.dependencies import CollectionDep, Services, ServicesDep
from api.errors import DISK_FULL, problem_responses
from api.schemas.rules import RulesIn, RulesOut
from core.errors import Conflict, InvalidInput
from core.filters.parse import parse_filter
from core.filters.typed import parse_typed_filter
from core.rules import Rule, RulesVersion, duplicate_ids
from core.storage import Collection

router = APIRouter(prefix="/v1/collections/{c}/rules", tags=["rules"])

MAX_SKUS_IN_ALL = 1000
_CHANGED = Conflict("the rules have changed: version 8 is current, not 7; read them again")
VersionQuery = Annotated[
    int | None, Query(ge=0, description="A version; default: the current one.", examples=[7])
]
IfMatchHeader = Annotated[
    str | None,
    Header(
        description="ETag of the rules that are to be replaced: the request is refused if somebody "
        "has changed them since.",
        examples=['"7"'],
    ),
]


@router.get("", response_model_exclude_none=True)
def get(
    collection: CollectionDep,
    services: ServicesDep,
    response: Response,
    version: VersionQuery = None,
) -> RulesOut:
    """Get all rules, or an earlier version of them; to go back to it, `PUT` its rules again."""
    store = services.rules(collection)
    return _out(store.get(version) if version else store.current(), response)


@router.put("", response_model_exclude_none=True, responses=problem_responses(_CHANGED, DISK_FULL))
def replace(
    body: RulesIn,
    collection: CollectionDep,
    services: ServicesDep,
    response: Response,
    if_match: IfMatchHeader = None,
) -> RulesOut:
    """Replace all rules. They apply to all requests that are sent after the response."""
    _check(body.rules, collection)
    out = _out(_store(body.rules, collection, services, if_match), response)
    return out.model_copy(update={"warnings": list(_warnings(body.rules, collection, services))})


@router.delete(
    "",
    status_code=204,
    response_description="There are no rules any more.",
    responses=problem_responses(_CHANGED, DISK_FULL),
)
def remove(
    collection: CollectionDep, services: ServicesDep, if_match: IfMatchHeader = None
) -> None:
    """Remove all rules. Earlier versions can still be read."""
    _store([], collection, services, if_match)


def _store(
    rules: Sequence[Rule], collection: Collection, services: Services, if_match: str | None
) -> RulesVersion:
    with services.locks.exclusive(collection.name) as check_lock:
        store = services.rules(services.reload_collection(collection))
        current = store.current()
        number = current.version if current else 0
        if if_match is not None and if_match not in {"*", _etag(number)}:
            raise Conflict(
                f"the rules have changed: version {number} is current, not {if_match}; read them "
                "again"
            )
        check_lock()
        version = store.add(rules, datetime.now(UTC))
        services.rule_versions.publish(collection.name, version.version)
        services.rule_books.forget(collection.name)
        return version


def _out(version: RulesVersion | None, response: Response) -> RulesOut:
    out = RulesOut.model_validate(version) if version else RulesOut(version=0, rules=[])
    response.headers["ETag"] = _etag(out.version)
    return out


def _etag(version: int) -> str:
    return f'"{version}"'


def _check(rules: Sequence[Rule], collection: Collection) -> None:
    """Check what a rule alone cannot know.

    Raises:
        InvalidInput: two rules have the same id, there are too many SKUs, or a filter does not
            fit the types of the collection's attributes.
    """
    if duplicates := duplicate_ids(rules):
        raise InvalidInput(f"rules: several rules have the same id: {', '.join(duplicates)}")
    if sum(len(rule.skus or ()) for rule in rules) > MAX_SKUS_IN_ALL:
        raise InvalidInput(f"rules: all rules together may have at most {MAX_SKUS_IN_ALL:,} SKUs")
    for rule in rules:
        try:
            parsed = parse_typed_filter(rule.filter, collection.attribute_types)
        except InvalidInput as exc:
            raise InvalidInput(f"rule {rule.id!r}: {exc.detail}") from exc
        if parsed != parse_filter(rule.filter):
            raise InvalidInput(
                f"rule {rule.id!r}: filter: write the values as the attributes have them, such as "
                "49.9 for a number and true for a boolean"
            )


def _warnings(rules: Sequence[Rule], collection: Collection, services: Services) -> Iterator[str]:
    skus = {sku for rule in rules for sku in rule.skus or ()}
    missing = skus - services.items(collection).find(skus).keys()
    for rule in rules:
        for sku in sorted(missing.intersection(rule.skus or ())):
            yield f"rule {rule.id!r}: item {sku!r} does not exist"
        if rule.until and rule.until < datetime.now(UTC):
            yield f"rule {rule.id!r}: its last day is over"
