"""The report of a training, as the page reads it. Whatever is missing is None or empty."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, ValidationError

MODEL, POPULARITY, BLEND = "model", "popularity", "blend"


class Segment(BaseModel):
    """Figures over some of the users, or over some of the items."""

    users: int = 0
    ndcg: float | None = Field(default=None, alias="ndcg@10")
    recall: float | None = Field(default=None, alias="recall@20")


class Figures(Segment):
    """Figures of one ranking on the days that were held back."""

    map: float | None = Field(default=None, alias="map@12")
    coverage: float | None = Field(default=None, alias="coverage@10")
    cold_share: float | None = Field(default=None, alias="cold_share@10")
    new_users: Segment | None = None
    items: dict[str, Segment] = {}
    users_by: dict[str, Segment] = {}
    countries: dict[str, Segment] = {}

    def segments(self) -> Iterator[tuple[str, Segment]]:
        """All groups that were measured apart, by what they are called; empty ones have nothing."""
        groups = {
            **({"new customers": self.new_users} if self.new_users else {}),
            **{_CUSTOMERS.get(name, name): one for name, one in self.users_by.items()},
            **{f"{name} items": one for name, one in self.items.items()},
            **{f"country {name or 'unknown'}": one for name, one in self.countries.items()},
        }
        for name, one in groups.items():
            yield name, one if one.users else Segment()


_CUSTOMERS = {"returning": "returning customers", "thin": "customers with few purchases"}


class Tried(BaseModel):
    """A candidate with its settings, as validation saw it."""

    family: str = ""
    settings: dict[str, Any] = {}
    ndcg: float | None = Field(default=None, alias="ndcg@10")

    @property
    def words(self) -> str:
        """Its name and settings."""
        return ", ".join([self.family, *(f"{key} {value}" for key, value in self.settings.items())])


class Split(BaseModel):
    """What was held back to measure by."""

    by: str | None = None
    days: float | None = None
    learned: int | None = None
    held: int | None = None


class Weights(BaseModel):
    """What each algorithm counts for."""

    usual: dict[str, float] = {}
    thin: dict[str, float] = {}
    cold: float = 0.0


class Gate(BaseModel):
    """What is published, and why."""

    published: str | None = None
    why: str | None = None


class Live(BaseModel):
    """What was live when the training began, beside what the training chose."""

    generation: str | None = None
    why: str | None = None
    users: int = 0
    ndcg: dict[str, float] = Field(default={}, alias="ndcg@10")


class Told(BaseModel):
    """All of it."""

    rows: int | None = None
    users: int | None = None
    items: int | None = None
    split: Split = Split()
    validation: list[Tried] = []
    weights: Weights = Weights()
    test: dict[str, Figures] = {}
    live: Live | None = None
    gate: Gate = Gate()
    seconds: dict[str, float] = {}
    trained_at: datetime | None = None

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> "Told":
        """Take what can be read: a report may be of another version than this page."""
        try:
            return cls.model_validate(report)
        except ValidationError as exc:
            wrong = {error["loc"][0] for error in exc.errors()}
            return cls.model_validate({k: v for k, v in report.items() if k not in wrong})
