"""Alternating least squares on a Spark cluster, for more sales than one machine should learn from.

Only this module knows Spark, by its client, which needs no Java here: `pip install
'lookalike[spark]'`.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from core.errors import NotInstalled, Unavailable
from core.recommender.algorithms.als import Als, Vectors
from core.recommender.interactions import Interactions

PORT, TIMEOUT_S = 15_002, 10
ROUNDS = 15  # as many as `implicit` makes


class SparkAls(Als):
    """Implicit-feedback ALS (Hu et al. 2008), as `pyspark.ml.recommendation.ALS` learns it.

    Its penalty grows with how much a user has bought and how often an item was (ALS-WR), so it is a
    smaller number than that of `Als`. Who bought nothing, and what nobody bought, is all zeros.

    Args:
        url: of a Spark Connect server, `sc://host:15002`.
        penalty: of long vectors.
        options: the others of `Als`.
    """

    def __init__(self, url: str, penalty: float = 0.2, **options: Any) -> None:
        super().__init__(penalty=penalty, **options)
        self.url = url

    def learn(self, interactions: Interactions) -> None:
        """Send the purchases, and fetch the vectors.

        Raises:
            NotInstalled: Spark's client is not installed.
            Unavailable: Spark does not answer, or breaks off.
        """
        bought = interactions.weighted(self.half_life)
        pairs = bought.tocoo()
        purchases = pa.table({"user": pairs.row, "item": pairs.col, "weight": pairs.data})
        with _session(self.url) as (spark, als):
            model = als(
                rank=self.factors,
                maxIter=ROUNDS,
                regParam=self.penalty,
                alpha=self.alpha,
                implicitPrefs=True,
                seed=self.seed,
                userCol="user",
                itemCol="item",
                ratingCol="weight",
            ).fit(spark.createDataFrame(purchases))
            found = model.userFactors.toArrow(), model.itemFactors.toArrow()
        of = (_vectors(*one, self.factors) for one in zip(found, bought.shape, strict=True))
        self.of_users, self.of_items = of


@contextmanager
def _session(url: str) -> Iterator[tuple[Any, Any]]:
    """A session of its own, and what learns in it."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.ml.recommendation import ALS
        from pyspark.sql import SparkSession
    except ImportError as exc:
        raise NotInstalled(
            f"Spark's client is not here ({exc}): install 'lookalike[spark]'"
        ) from exc
    _check_there(url)
    try:
        spark = SparkSession.builder.remote(url).create()
        try:
            yield spark, ALS
        finally:
            spark.stop()
    except PySparkException as exc:
        said = str(exc).partition("\n")[0][:300]
        raise Unavailable(f"Spark at {_place(url)[0]} breaks off: {said}") from exc


def _check_there(url: str) -> None:
    """Its client would try for ten minutes."""
    host, port = _place(url)
    try:
        socket.create_connection((host, port), TIMEOUT_S).close()
    except OSError as exc:
        raise Unavailable(f"Spark at {host}, port {port}, does not answer: {exc}") from exc


def _place(url: str) -> tuple[str, int]:
    """What of it may be told: there may be a token in the rest."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or PORT


def _vectors(rows: pa.Table, count: int, factors: int) -> Vectors:
    """Rows of (id, features) as a matrix."""
    vectors = np.zeros((count, factors), np.float32)
    features = rows["features"].combine_chunks().values.to_numpy()
    vectors[rows["id"].to_numpy()] = features.reshape(-1, factors)
    return vectors
