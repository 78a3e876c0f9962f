"""The periods of the sales that generations learned from, in the memory of this process."""

from collections import OrderedDict

from starlette.concurrency import run_in_threadpool

from core.errors import NotFound
from core.recommender.training_report import SalesPeriod, TrainingReport
from core.storage import Stores

_MAX_PERIODS = 1000


class SalesPeriods:
    """Reads the report of each generation, which never changes, once."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._known: OrderedDict[tuple[str, str], SalesPeriod | None] = OrderedDict()

    async def of(self, collection: str, generation: str) -> SalesPeriod | None:
        """Return the period of the sales; None if their times or the report are not known.

        Raises:
            Unavailable: the store does not respond.
        """
        key = collection, generation
        if key not in self._known:
            self._known[key] = await run_in_threadpool(self._read, *key)
            if len(self._known) > _MAX_PERIODS:
                self._known.popitem(last=False)
        return self._known[key]

    def _read(self, collection: str, generation: str) -> SalesPeriod | None:
        try:
            store = self._stores.generations(self._stores.collections.get(collection))
            return TrainingReport.model_validate(store.report(generation)).period
        except NotFound:
            return None
