"""The server's responses as frozen dataclasses, which ignore the fields of newer servers."""

from lookalike.models.base import ResponseModel
from lookalike.models.items import (
    Attribute,
    AttributeCounts,
    AvailabilityChanges,
    CountedAttribute,
    Image,
    Item,
    Unavailable,
    ValueCount,
)
from lookalike.models.jobs import Failure, Job, JobState, Progress
from lookalike.models.keys import ApiKey, NewApiKey
from lookalike.models.quality import (
    Dismissal,
    DuplicateGroup,
    DuplicateItem,
    ImageHealth,
    ImageProblems,
)
from lookalike.models.recommendations import (
    BasketRecommendations,
    BoughtTogether,
    PopularItems,
    Reason,
    Recommendation,
    Recommendations,
)
from lookalike.models.rules import Rules
from lookalike.models.sales import (
    Customer,
    Order,
    OrderedItem,
    Purchase,
    RowExample,
    RowReason,
    SalesFile,
)
from lookalike.models.search import Match, Matches, NewItem, NewItems, UnderstoodWords
from lookalike.models.server import About, Collection, Encoder
from lookalike.models.uploads import Upload

__all__ = [
    "About", "ApiKey", "Attribute", "AttributeCounts", "AvailabilityChanges",
    "BasketRecommendations", "BoughtTogether", "Collection", "CountedAttribute", "Customer",
    "Dismissal", "DuplicateGroup", "DuplicateItem", "Encoder", "Failure", "Image", "ImageHealth",
    "ImageProblems", "Item", "Job", "JobState", "Match", "Matches", "NewApiKey", "NewItem",
    "NewItems", "Order", "OrderedItem", "PopularItems", "Progress", "Purchase", "Reason",
    "Recommendation", "Recommendations", "ResponseModel", "RowExample", "RowReason", "Rules",
    "SalesFile", "Unavailable", "UnderstoodWords", "Upload", "ValueCount",
]  # fmt: skip
