"""The whole configuration of a process.

An unset URL means the embedded server of `lookalike up`; set it to use your own server.
"""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, FilePath, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from core.connections.sockets import socket_path
from core.connections.urls import parse_sentinel_url, password_in, redis_url, store_url
from core.settings.downloads import DownloadSettings
from core.settings.encoders import EncoderSettings
from core.settings.environment import PREFIX, StrictEnvironment
from core.settings.jobs import JobSettings
from core.settings.limits import Limits
from core.settings.servers import LokoSettings, Ports, S3Settings
from core.settings.value_types import HostName, MilvusUrl, Origin, RedisUrl


class Settings(BaseSettings):
    """All settings; `LOOKALIKE_LIMITS__MAX_FILES` sets a field of a group."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )

    data: Path = Path("data")
    """Data folder of `lookalike up`; back up its subfolder `store`."""
    host: str = "127.0.0.1"
    """Address on which the API listens; all but localhost need API keys."""
    cors_origins: tuple[Origin, ...] = ()
    """Web sites whose scripts may call this API (CORS), as `["https://shop.example"]`."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Host names, besides localhost, that requests may use without API keys, as `["shop.lan"]`."""
    store_url: str | None = None
    """The store: a folder, `file:///srv/store`, or a bucket, `s3://bucket/prefix`."""
    redis_url: RedisUrl | None = None
    """Redis of queues and jobs: `redis://`, `rediss://`, `unix:///path`, or `sentinel://...`."""
    cache_url: RedisUrl | None = None
    """Redis of the cache, in the same forms."""
    milvus_url: MilvusUrl | None = None
    """Milvus, which holds the vectors."""
    redis_password: str | None = Field(default=None, repr=False)
    """Password of the Redis server of queues and jobs, if it is not in the URL."""
    cache_password: str | None = Field(default=None, repr=False)
    """Password of the Redis server of the cache, if it is not in the URL."""
    milvus_token: str | None = Field(default=None, repr=False)
    """Access to Milvus: `user:password`, or a key of Zilliz Cloud."""
    tls_ca: Annotated[FilePath, AfterValidator(Path.absolute)] | None = None
    """PEM file of the servers' certificate authority, if the system does not know it."""
    start_flower: bool = True
    """Whether `lookalike up` starts Flower, the dashboard of Celery."""
    flower_url: str | None = None
    """Public URL of Flower, used only for links."""
    sales_retention_days: PositiveInt | None = None
    """Order lines older than this are deleted; unset, all are kept."""
    audit_retention_days: PositiveInt = 400
    """Audit log entries older than this are deleted."""
    default_encoder: str = "efficientnet-lite2"
    """Encoder of new collections; docs/encoders.md compares it with others."""
    search_timeout_s: PositiveFloat = 10
    """A search by image that is not answered for this long fails."""
    embed_processes: PositiveInt = min(4, os.cpu_count() or 1)
    """Processes of worker-embed in the embedded stack; they are 10 % faster than threads."""
    thumbnails_mb: NonNegativeInt = 1024
    """Disk space for thumbnails on each machine of the API, in MiB; 0 stores none."""
    ports: Ports = Ports()
    limits: Limits = Limits()
    downloads: DownloadSettings = DownloadSettings()
    encoders: EncoderSettings = EncoderSettings()
    jobs: JobSettings = JobSettings()
    s3: S3Settings = S3Settings()
    loko: LokoSettings = LokoSettings()
    recommender: dict[str, Any] = {}
    """JSON object with the settings of the recommender; see above."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment."""
        return init_settings, StrictEnvironment(settings_cls)

    @property
    def store(self) -> str:
        """URL of the store, which holds everything that needs a backup."""
        if not self.store_url:
            return (self.data.absolute() / "store").as_uri()
        ca = str(self.tls_ca) if self.tls_ca and self.s3.endpoint else None  # AWS needs no CA
        return store_url(self.store_url, **self.s3.model_dump(), ca=ca)

    @property
    def redis(self) -> str:
        """URL of Redis A: broker, job ledger, locks."""
        url = self.redis_url or f"unix://{socket_path(self.data, 'redis')}"
        return redis_url(url, password=self.redis_password, ca=self.tls_ca)

    @property
    def cache(self) -> str:
        """URL of Redis B: data that can be lost and rebuilt."""
        url = self.cache_url or f"unix://{socket_path(self.data, 'cache')}"
        return redis_url(url, password=self.cache_password, ca=self.tls_ca)

    @property
    def ledger_options(self) -> dict[str, Any]:
        """Keyword arguments of the job ledger."""
        return {
            "lease_s": self.jobs.lease_s,
            "retention_s": self.jobs.retention_days * 86400,
            "replicated": parse_sentinel_url(self.redis) is not None,
        }

    @property
    def milvus(self) -> str:
        """URL of Milvus."""
        return self.milvus_url or f"unix:{socket_path(self.data, 'milvus')}"

    @property
    def secrets(self) -> set[str]:
        """Secrets that must not appear in logs or responses."""
        passwords = {self.redis_password, self.cache_password, self.milvus_token, self.s3.secret}
        urls = (self.redis_url, self.cache_url, self.milvus_url, self.store_url)
        return {secret for secret in passwords if secret}.union(*map(password_in, urls))

    @property
    def flower(self) -> str | None:
        """URL of Flower for use in a browser; None without Flower."""
        local = f"http://127.0.0.1:{self.ports.flower}" if self.start_flower else None
        return self.flower_url or local

    @property
    def models(self) -> Path:
        """Folder of converted networks."""
        return self.data / "models"

    @property
    def weights(self) -> Path:
        """Folder of weights files."""
        return self.encoders.weights_dir or self.models / "weights"
