"""Settings of the recommender; validation chooses everything else."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

Share = Annotated[float, Field(ge=0, le=1)]
SPARE_ITEMS = 10
"""Since by chance, more than a third of a list may be unavailable."""


class RecommenderSettings(BaseModel):
    """How recommendation lists are built, and limits on the cost of training."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    list_length: PositiveInt = 20
    """Recommendations in a list; more are published, to replace unavailable items."""
    allow_repurchase: bool | None = None
    """Whether to recommend items that the user has already bought; None: if the shop's customers
    often buy the same items again."""
    max_repurchase_share: Share = 1
    """Greatest share of a list for items that the user has already bought."""
    diversity: Share = 0
    """0: the best items; towards 1, items that look less alike."""

    exploration: Share = 0.1
    """Share of a list reserved for cold items, if images prove to be informative."""
    cold_below: PositiveInt = 3
    """An item with fewer sales is cold: it is ranked by visual similarity."""
    low_activity_max: PositiveInt = 2
    """Users with at most this many distinct items have their own blend weights."""
    popular_days: PositiveInt = 30
    """Length of the period, in days, that counts for the reason "popular"."""
    min_region_orders: PositiveInt = 20
    """A region with fewer orders uses the popularity list of the next larger region."""

    allow_missing_dates: bool = False
    """Whether to learn from sales of which far too many have the same date."""
    test_days: PositiveFloat | None = None
    """Length of the hold-out period; None: a fifth of the sales history, at most 30 days."""
    max_evaluated_users: PositiveInt = 2000
    """Returning users to evaluate, at most; a larger number is sampled."""
    min_validation_users: PositiveInt = 20
    """With fewer returning users, popularity is published without validation."""
    min_gate_users: PositiveInt = 100
    """Returning users that decide whether to publish the model, at least. In a small shop, a fifth
    of the users decides, but never fewer than `min_validation_users`."""

    ease_best_sellers: PositiveInt = 6_000
    """EASE learns from this many items, at most; twice as many take eight times as long."""
    svd_max_pairs: PositiveInt = 50_000
    """Surprise's SVD loops over all user-item pairs; it is skipped if there are more pairs."""
    spark_url: str = ""
    """URL of a Spark Connect server, `sc://host:15002`; empty: all training is local."""
    spark_from_lines: PositiveInt = 2_000_000
    """From this many order lines on, ALS is trained on Spark if it is configured."""
    shard_from_users: PositiveInt = 20_000
    """From this many users on, all workers of the queue `train` share the building of lists."""
    threads: PositiveInt = 2
    """Threads for matrix arithmetic; another number may change the lists."""
    seed: int = 0

    @property
    def spare_length(self) -> int:
        """How many more items are published: enough even if a third of them is unavailable."""
        return self.list_length // 2 + SPARE_ITEMS

    def users_to_decide(self, users: int) -> int:
        """Return how many of `users` must return in the hold-out for a decision on publication."""
        return max(self.min_validation_users, min(self.min_gate_users, users // 5))
