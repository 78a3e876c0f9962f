"""Alternating least squares on a Spark cluster, for more sales than one machine should learn from.

Only this module uses Spark. Its Connect client needs no Java: `pip install 'lookalike[spark]'`.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa

from core.errors import NotInstalled, Unavailable
from core.recommender.algorithms.als import Als
from core.recommender.algorithms.factor_block import Vectors
from core.recommender.interactions import Interactions

DEFAULT_PORT, CONNECT_TIMEOUT_S = 15_002, 10
ITERATIONS = 15  # the default of `implicit`


class SparkAls(Als):
    """Implicit-feedback ALS (Hu, Koren, Volinsky 2008) by `pyspark.ml.recommendation.ALS`.

    Spark multiplies the penalty by the number of a user's or an item's purchases (ALS-WR, Zhou et
    al. 2008), so the default is smaller than that of `Als`. Users and items without purchases get
    zeros.

    Args:
        url: URL of a Spark Connect server, `sc://host:15002`.
        penalty: L2 regularisation.
        options: the other arguments of `Als`.
    """

    def __init__(self, url: str, penalty: float = 0.2, **options: Any) -> None:
        super().__init__(penalty=penalty, **options)
        self.url = url

    def learn(self, interactions: Interactions) -> None:
        """Send the purchases to Spark and fetch the factors.

        Raises:
            NotInstalled: the Spark client is not installed.
            Unavailable: Spark cannot be reached or fails.
        """
        matrix = interactions.purchase_matrix(self.half_life)
        pairs = matrix.tocoo()
        purchases = pa.table({"user": pairs.row, "item": pairs.col, "weight": pairs.data})
        with _session(self.url) as (spark, als):
            model = als(
                rank=self.factors,
                maxIter=ITERATIONS,
                regParam=self.penalty,
                implicitPrefs=True,
                seed=self.seed,
                userCol="user",
                itemCol="item",
                ratingCol="weight",
            ).fit(spark.createDataFrame(purchases))
            user_rows, item_rows = model.userFactors.toArrow(), model.itemFactors.toArrow()
        users, items = matrix.shape
        self.set_factors(
            _to_matrix(user_rows, users, self.factors), _to_matrix(item_rows, items, self.factors)
        )


@contextmanager
def _session(url: str) -> Iterator[tuple[Any, Any]]:
    """Open a Spark session; yield the session and the ALS class."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.ml.recommendation import ALS
        from pyspark.sql import SparkSession
    except ImportError as exc:
        raise NotInstalled(
            f"the Spark client is not installed ({exc}); install 'lookalike[spark]'"
        ) from exc
    _check_reachable(url)
    try:
        spark = SparkSession.builder.remote(url).create()
        try:
            yield spark, ALS
        finally:
            spark.stop()
    except PySparkException as exc:
        message = str(exc).partition("\n")[0][:300]
        raise Unavailable(f"Spark at {_address(url)[0]} failed: {message}") from exc


def _check_reachable(url: str) -> None:
    """Connect once with a short timeout; the Spark client would retry for ten minutes."""
    host, port = _address(url)
    try:
        socket.create_connection((host, port), CONNECT_TIMEOUT_S).close()
    except OSError as exc:
        raise Unavailable(
            f"Spark at {host}, port {port}, does not answer ({exc}); check `spark_url`"
        ) from exc


def _address(url: str) -> tuple[str, int]:
    """Return host and port, which are safe to log; the rest of the URL may hold a token."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or DEFAULT_PORT


def _to_matrix(rows: pa.Table, count: int, factors: int) -> Vectors:
    """Convert rows of (id, features) into a matrix (count, factors)."""
    vectors = np.zeros((count, factors), np.float32)
    features = rows["features"].combine_chunks().values.to_numpy()
    vectors[rows["id"].to_numpy()] = features.reshape(-1, factors)
    return vectors
