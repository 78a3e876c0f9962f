"""The periods of the sales that generations learned from, in the memory of this process."""

from starlette.concurrency import run_in_threadpool

from api.services.remembered import Remembered
from core.errors import NotFound
from core.recommender.training_report import SalesPeriod, TrainingReport
from core.storage import Stores


class SalesPeriods:
    """Reads the report of each generation, which never changes, once."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._known: Remembered[tuple[str, str], SalesPeriod | None] = Remembered(self._read)

    async def of(self, collection: str, generation: str) -> SalesPeriod | None:
        """Return the period of the sales; None if their times or the report are not known.

        Raises:
            Unavailable: the store does not respond.
        """
        return await self._known.get((collection, generation))

    async def _read(self, key: tuple[str, str], _: SalesPeriod | None) -> SalesPeriod | None:
        return await run_in_threadpool(self._period, *key)

    def _period(self, collection: str, generation: str) -> SalesPeriod | None:
        try:
            store = self._stores.generations(self._stores.collections.get(collection))
            return TrainingReport.model_validate(store.report(generation)).period
        except NotFound:
            return None
