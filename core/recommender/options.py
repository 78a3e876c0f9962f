"""What a shop may choose about its recommendations; all else is chosen by validation."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

Share = Annotated[float, Field(ge=0, le=1)]


class RecommenderSettings(BaseModel):
    """How lists are made, and what learning may cost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    length: PositiveInt = 20
    """Recommendations in a list."""
    repeat: bool = False
    """Whether what a user bought already may be recommended again."""
    diversity: Share = 0
    """0: the best items; towards 1: items that look less like each other."""

    explored: Share = 0.1
    """This share of a list is kept for cold items, where pictures are found to tell anything."""
    cold_below: PositiveInt = 3
    """An item with fewer sales is cold: its looks speak for it."""
    thin_up_to: PositiveInt = 2
    """A user with so few different items is thin: looks are weighed for them apart."""
    popular_days: PositiveInt = 30
    """Orders of so many days are told as the reason of what is popular."""
    region_orders: PositiveInt = 20
    """A region with fewer orders has no popular list of its own; the next larger one serves."""

    test_days: PositiveFloat | None = None
    """Days held back to measure by; None: a fifth of what there is, at most 30."""
    evaluated_users: PositiveInt = 2000
    """Returning users that are measured; more are drawn down to this."""
    least_users: PositiveInt = 20
    """With fewer returning users to choose by, nothing is proven: popularity is published."""

    ease_items: PositiveInt = 20_000
    """EASE inverts a matrix of items x items; it is left out above this."""
    svd_pairs: PositiveInt = 50_000
    """Surprise's SVD goes through all pairs of user and item; it is left out above this."""
    spark: str = ""
    """URL of a Spark Connect server, `sc://host:15002`; empty: everything is learned here."""
    spark_from: PositiveInt = 2_000_000
    """From so many order lines on ALS is learned by Spark, if there is one."""
    shared_from: PositiveInt = 20_000
    """The lists of so many users are made by all workers of the queue `train`, each a part."""
    threads: PositiveInt = 2
    """Cores that matrix arithmetic may use; the same number gives the same lists."""
    seed: int = 0
