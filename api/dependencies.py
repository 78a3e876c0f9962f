"""FastAPI dependencies: the services of the API and the collection that a path names."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, cast

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from api.middleware.current_key import can_see
from api.schemas.parameters import CollectionPath
from api.services.definitions import Definitions
from api.services.image_versions import RememberedVersions
from api.services.job_feed import JobFeed
from api.services.job_submission import Dispatcher
from api.services.metrics_collectors import create_registry
from api.services.rule_books import RuleBooks
from api.services.sales_periods import SalesPeriods
from api.services.score_scales import ScoreScales
from api.services.thumbnail_files import ThumbnailFiles
from api.services.thumbnails import Thumbnails
from core.cache import CacheReader, CacheWriter, ItemCache, SimilarReader, SimilarWriter
from core.cache.card_reader import CardReader
from core.cache.image_reader import ImageReader
from core.cache.link_reader import LinkReader
from core.cache.new_reader import NewReader
from core.cache.read_script import ReadConnection
from core.cache.rule_versions import RuleVersions
from core.cache.search_client import POLL_S, SearchClient
from core.cache.search_queue import SearchQueue
from core.cache.worker_registry import WorkerRegistry
from core.connections.redis_client import connect, connect_async
from core.errors import NotFound
from core.jobs import Ledger, Locks
from core.settings import MEBIBYTE, Settings
from core.storage import (
    Collection,
    Collections,
    ReservedNumbers,
    Stores,
    Uploads,
    UserTokens,
    open_backend,
)

_MAX_SUGGESTIONS = 5


@dataclass(frozen=True)
class Services(Stores):
    """Stores, queues and caches that the routes work with."""

    closing: AsyncExitStack
    """Closes the connections that were opened."""
    settings: Settings
    ledger: Ledger
    locks: Locks
    search_client: SearchClient
    worker_registry: WorkerRegistry
    lists: CacheWriter
    list_reader: CacheReader
    similar: SimilarWriter
    item_cache: ItemCache
    similar_reader: SimilarReader
    link_reader: LinkReader
    card_reader: CardReader
    new_reader: NewReader
    image_versions: RememberedVersions
    user_tokens: UserTokens
    thumbnails: Thumbnails
    rule_versions: RuleVersions
    rule_books: RuleBooks
    sales_periods: SalesPeriods
    score_scales: ScoreScales
    definitions: Definitions
    dispatcher: Dispatcher
    job_feed: JobFeed
    metrics: CollectorRegistry


def open_services(settings: Settings) -> Services:
    """Open the services, which `closing` closes; connections to Redis open on first use."""
    closing = AsyncExitStack()
    redis = connect(settings.redis, timeout_s=2)  # with one retry, it fails within five seconds
    files = open_backend(settings.store)
    reserve = ReservedNumbers(files).reserve
    ledger = Ledger(redis, reserve=reserve, **settings.ledger_options)
    cache = connect(settings.cache, timeout_s=2)
    worker_registry = WorkerRegistry(cache)
    timeout_s = settings.search_timeout_s
    reads = ReadConnection(settings.cache)
    closing.push_async_callback(reads.close)
    commands = connect_async(settings.cache, timeout_s=2)
    responses = connect_async(settings.cache, timeout_s=POLL_S + 2, retries=0)
    search_client = SearchClient(commands, responses, timeout_s=timeout_s)
    closing.push_async_callback(search_client.close)
    stores = Stores(files=files, collections=Collections(files), uploads=Uploads(files))
    versions = RuleVersions(cache)
    return Services(
        **vars(stores),
        closing=closing,
        settings=settings,
        ledger=ledger,
        locks=Locks(redis, wait_s=5),
        search_client=search_client,
        worker_registry=worker_registry,
        lists=CacheWriter(cache),
        list_reader=CacheReader(reads),
        similar=SimilarWriter(cache),
        item_cache=ItemCache(cache),
        similar_reader=SimilarReader(reads),
        link_reader=LinkReader(reads),
        card_reader=CardReader(reads),
        new_reader=NewReader(reads),
        image_versions=RememberedVersions(ImageReader(reads)),
        user_tokens=UserTokens(files),
        thumbnails=_open_thumbnails(settings),
        rule_versions=versions,
        rule_books=RuleBooks(stores, versions, commands),
        sales_periods=SalesPeriods(stores),
        score_scales=ScoreScales(stores),
        definitions=Definitions(stores.collections),
        job_feed=JobFeed(ledger),
        dispatcher=Dispatcher(settings.redis, ledger),
        metrics=create_registry(ledger, worker_registry, SearchQueue(cache, timeout_s=timeout_s)),
    )


def _open_thumbnails(settings: Settings) -> Thumbnails:
    files = ThumbnailFiles(
        settings.data / "thumbnails",
        max_bytes=settings.thumbnails_mb * MEBIBYTE,
        min_free_bytes=settings.limits.min_free_mb * MEBIBYTE,
    )
    return Thumbnails(files, settings.limits.max_megapixels)


async def get_services(request: Request) -> Services:
    """Return the open services; async, because FastAPI would run a plain function in a thread."""
    return cast("Services", request.app.state.services)


ServicesDep = Annotated[Services, Depends(get_services)]


def find_collection(c: CollectionPath, services: ServicesDep) -> Collection:
    """Return the collection that a path names.

    Raises:
        NotFound: it does not exist; the error suggests similar names.
    """
    try:
        return services.collections.get(c)
    except NotFound as exc:
        active = (item.name for item in services.collections.all() if item.state == "active")
        names = [name for name in active if can_see(name)]
        similar = ", ".join(get_close_matches(c, names, _MAX_SUGGESTIONS, cutoff=0))
        detail = f"{exc.detail}; similar names: {similar}" if similar else exc.detail
        raise NotFound(detail) from exc


CollectionDep = Annotated[Collection, Depends(find_collection)]
