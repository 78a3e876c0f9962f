"""What the front end opens: the store, the ledger, the exchange; no model and no Milvus."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, cast

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from api.middleware.auth import visible
from api.services.job_submission import Dispatcher
from api.services.metrics_collectors import registry
from core.cache import ListReader, Lists
from core.cache.search_rpc import Exchange
from core.cache.worker_metrics import SharedMetrics
from core.cache.worker_registry import Presence
from core.connections.redis_client import connect, connect_async
from core.connections.urls import watched
from core.errors import NotFound
from core.jobs import Ledger, Locks
from core.settings import Settings
from core.storage import Collection, Collections, Files, Items, SalesFiles, Uploads

_NAMED = 5  # of collections there are, where another was asked for


@dataclass(frozen=True)
class Services:
    """The rooms of the front end, opened."""

    settings: Settings
    files: Files
    collections: Collections
    uploads: Uploads
    ledger: Ledger
    locks: Locks
    exchange: Exchange
    presence: Presence
    lists: Lists
    list_reader: ListReader
    dispatcher: Dispatcher
    metrics: CollectorRegistry

    def sales(self, collection: Collection) -> SalesFiles:
        """The sales and lists of a collection."""
        return SalesFiles(self.files, collection.folder)

    def items(self, collection: Collection) -> Items:
        """The items of a collection."""
        return Items(self.files, collection.folder)


def open_services(settings: Settings) -> Services:
    """Open what the settings name; nothing is connected yet but the store."""
    redis = connect(settings.redis, timeout_s=2)  # one retry: an answer in under five seconds
    files = Files(settings.store)
    jobs = settings.jobs
    ledger = Ledger(
        redis,
        lease_s=jobs.lease_s,
        kept_s=jobs.kept_days * 86400,
        copied=watched(settings.redis) is not None,
    )
    cache = connect(settings.cache, timeout_s=2)
    waiting = connect(settings.cache, timeout_s=settings.search_timeout_s + 2)
    return Services(
        settings=settings,
        files=files,
        collections=Collections(files),
        uploads=Uploads(files),
        ledger=ledger,
        locks=Locks(redis, wait_s=5),
        exchange=Exchange(cache, timeout_s=settings.search_timeout_s, waiting=waiting),
        presence=Presence(cache),
        lists=Lists(cache),
        list_reader=ListReader(connect_async(settings.cache, timeout_s=2)),
        dispatcher=Dispatcher(settings.redis, ledger),
        metrics=registry(ledger, SharedMetrics(cache)),
    )


def services_of(request: Request) -> Services:
    """The rooms that were opened when the app started."""
    return cast("Services", request.app.state.services)


async def _services(request: Request) -> Services:  # not a thread for so little
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]


def _collection(c: str, services: ServicesDep) -> Collection:
    try:
        return services.collections.get(c)
    except NotFound as exc:
        others = [name for name in services.collections.names() if visible(name)]
        there = ", ".join(get_close_matches(c, others, _NAMED, cutoff=0))
        raise NotFound(f"{exc.detail}; there are: {there}" if there else exc.detail) from exc


CollectionDep = Annotated[Collection, Depends(_collection)]
