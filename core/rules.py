"""Merchandising rules, which a shop sets for what its pages show; stored, cached and applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from core.domain import check_sku
from core.filters.parse import Filter, parse_filter
from core.records import Record, StrictRecord

MAX_RULES = 100
MAX_SKUS = 100
MAX_POSITION = 100
DEFAULT_FACTOR = 2.0


class Placement(StrEnum):
    """Where a rule applies."""

    LISTS = "lists"
    SIMILAR = "similar"
    SEARCH = "search"
    BASKET = "basket"


class Action(StrEnum):
    """What a rule does with the items that it names."""

    PIN = "pin"
    BOOST = "boost"
    BURY = "bury"
    EXCLUDE = "exclude"


def _check_printable(id: str) -> str:
    if not id.isprintable():
        raise ValueError("use printable characters only")
    return id


class Rule(StrictRecord):
    """One rule; it names its items either by a filter or by their SKUs."""

    model_config = ConfigDict(populate_by_name=True)

    id: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=64),
        AfterValidator(_check_printable),
    ] = Field(examples=["winter-coats"])
    """1 to 64 printable characters; reasons name the rule by it."""
    placement: Annotated[tuple[Placement, ...], Field(min_length=1)] = Field(
        examples=[["lists", "similar"]]
    )
    """Where the rule applies: lists, similar, search, basket."""
    action: Action = Field(examples=["boost"])
    """`pin` to a position, `boost`, `bury` or `exclude`."""
    position: Annotated[int, Field(ge=1, le=MAX_POSITION)] | None = None
    """With `pin`: the position of the item, from 1; several SKUs take the positions after it."""
    factor: Annotated[float, Field(gt=1, le=100)] | None = None
    """With `boost` and `bury`: the item's position is divided or multiplied by this; default 2."""
    filter: dict[str, Any] | None = Field(default=None, examples=[{"kind": "coat"}])
    """Conditions on attributes, as in searches."""
    skus: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_SKUS)] | None = None
    """Items by SKU; the alternative to `filter`."""
    from_: AwareDatetime | None = Field(
        default=None, alias="from", examples=["2026-11-01T00:00:00+01:00"]
    )
    """The rule applies from this time on, which needs a time zone."""
    until: AwareDatetime | None = Field(default=None, examples=["2027-02-01T00:00:00+01:00"])
    """The rule applies before this time."""
    note: Annotated[str, Field(max_length=500)] = ""
    """Any text for colleagues."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.filter is None) == (self.skus is None):
            raise ValueError("give either `filter` or `skus`")
        if self.filter == {}:
            raise ValueError("`filter` has no condition, so it would name every item")
        if (self.action is Action.PIN) != (self.position is not None):
            raise ValueError("`position` belongs to the action `pin`, which requires it")
        if self.factor is not None and self.action not in {Action.BOOST, Action.BURY}:
            raise ValueError("`factor` belongs to the actions `boost` and `bury`")
        if self.from_ and self.until and self.from_ >= self.until:
            raise ValueError("`until` must be later than `from`")
        for sku in self.skus or ():
            check_sku(sku)
        return self


class RulesVersion(Record):
    """All rules of a collection, replaced together; the first version has the number 1."""

    version: int
    created_at: datetime
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class ActiveRule:
    """A rule that applies now, with its filter parsed."""

    id: str
    action: Action
    position: int = 0
    factor: float = DEFAULT_FACTOR
    skus: tuple[str, ...] = ()
    filter: Filter | None = None
    record: Rule | None = field(default=None, repr=False)

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """Parse a rule."""
        return cls(
            id=rule.id,
            action=rule.action,
            position=rule.position or 0,
            factor=rule.factor or DEFAULT_FACTOR,
            skus=rule.skus or (),
            filter=None if rule.filter is None else parse_filter(rule.filter),
            record=rule,
        )

    def names(self, sku: str, attributes: Mapping[str, Any]) -> bool:
        """Return whether the rule applies to an item with these attributes."""
        return sku in self.skus if self.filter is None else self.filter.matches(attributes)


@dataclass(frozen=True)
class ActiveRules:
    """The rules that apply in one placement now, in the order in which the shop lists them."""

    rules: tuple[ActiveRule, ...] = ()

    @classmethod
    def of(cls, records: Sequence[Rule]) -> Self:
        """Parse rules that apply."""
        return cls(tuple(map(ActiveRule.of, records)))

    @property
    def records(self) -> tuple[Rule, ...]:
        """The rules as the shop wrote them, for another process."""
        return tuple(rule.record for rule in self.rules if rule.record)

    @property
    def pinned_skus(self) -> tuple[str, ...]:
        """The SKUs of pins, which are shown although they may be no candidates."""
        pins = (rule.skus for rule in self.rules if rule.action is Action.PIN)
        return tuple(dict.fromkeys(sku for skus in pins for sku in skus))

    @property
    def without_pins(self) -> "ActiveRules":
        """The same rules without pins."""
        return ActiveRules(tuple(rule for rule in self.rules if rule.action is not Action.PIN))

    def with_action(self, *actions: Action) -> list[ActiveRule]:
        """Return the rules with these actions."""
        return [rule for rule in self.rules if rule.action in actions]


NO_RULES = ActiveRules()


@dataclass(frozen=True)
class RuleBook:
    """A version of the rules with parsed filters."""

    version: int = 0
    rules: tuple[tuple[Rule, ActiveRule], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, version: RulesVersion | None) -> Self:
        """Parse a version; None stands for a collection that never had rules."""
        if version is None:
            return cls()
        return cls(version.version, tuple((rule, ActiveRule.of(rule)) for rule in version.rules))

    def active(self, placement: Placement, now: datetime) -> ActiveRules:
        """Return the rules for a placement at this time."""
        return ActiveRules(
            tuple(active for rule, active in self.rules if _applies(rule, placement, now))
        )


def _applies(rule: Rule, placement: Placement, now: datetime) -> bool:
    has_begun = rule.from_ is None or rule.from_ <= now
    return placement in rule.placement and has_begun and (rule.until is None or now < rule.until)


def duplicate_ids(rules: Sequence[Rule]) -> list[str]:
    """Return the ids that several rules have."""
    ids = [rule.id for rule in rules]
    return sorted({id for id in ids if ids.count(id) > 1})
