"""Compares ALS on Spark with local ALS. Tests that need Spark are `thorough`: it has 500 MB."""

import sys

import numpy as np
import pytest

from core.errors import NotInstalled, Unavailable
from core.recommender.algorithms.als import Als
from core.recommender.algorithms.spark_als import SparkAls
from core.recommender.interactions import Interactions
from core.recommender.order_line_arrays import to_order_lines
from core.recommender.training import train_recommender
from tests.support.external.spark_server import spark_home, spark_server
from tests.support.recommenders import SETTINGS, share_of_loved_kind, small_interactions
from tests.support.servers import free_port
from tests.support.synthetic_shops import make_sales, taste_shop

# we send Arrow tables, but the client checks the version of pandas all the same
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")


@pytest.fixture(scope="module")
def client():
    """Makes the Spark client importable."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(spark_home()))
        yield


@pytest.fixture(scope="module")
def spark(client, tmp_path_factory):
    """URL of a Spark Connect server."""
    with spark_server(tmp_path_factory.mktemp("spark")) as url:
        yield url


@pytest.mark.stack
@pytest.mark.thorough
def test_spark_als_finds_what_local_als_finds(spark):
    remote = share_of_loved_kind(SparkAls(spark, factors=8).fit(small_interactions()))
    assert remote > 0.8
    local = share_of_loved_kind(Als(factors=8).fit(small_interactions()))
    assert remote == pytest.approx(local, abs=0.05)


@pytest.mark.stack
@pytest.mark.thorough
def test_users_without_purchases_have_no_scores(spark):
    rows = [("ann", "A", "1", 1), ("ann", "B", "1", 1), ("bob", "A", "2", 2), ("cy", "C", "3", 3)]
    training = Interactions(to_order_lines(make_sales(rows), 5))  # two items that nobody bought
    training.lines.user[-1] = 0  # and "cy" has bought nothing
    scores = SparkAls(spark, factors=2).fit(training).scores(np.arange(3))
    assert scores.shape == (3, 5)
    assert scores[0, :3].all()
    assert not scores[2].any()
    assert not scores[:, 3:].any()


@pytest.mark.stack
@pytest.mark.thorough
def test_it_replaces_local_als_from_a_number_of_order_lines(spark):
    shop = taste_shop(users=120, items=60)
    lines = len(shop.purchases)
    families = []
    for threshold in (lines, lines + 1):
        settings = SETTINGS.model_copy(update={"spark_url": spark, "spark_from_lines": threshold})
        report = train_recommender(shop.purchases, shop.embeddings, settings).report
        families.append({candidate.family for candidate in report.validation} & {"als", "spark"})
    assert families == [{"spark"}, {"als"}]


@pytest.mark.stack
@pytest.mark.thorough
def test_an_unreachable_spark_is_reported(client):
    with pytest.raises(Unavailable, match="does not answer"):
        SparkAls(f"sc://127.0.0.1:{free_port()}").fit(small_interactions())


def test_a_missing_client_is_reported(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)  # it may have been imported before
    with pytest.raises(NotInstalled, match=r"lookalike\[spark\]"):
        SparkAls("sc://127.0.0.1:15002").fit(small_interactions())
