"""The whole configuration of a process.

An unset URL means the embedded server of `lookalike up`; set it to use your own server.
"""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, FilePath, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.connections.sockets import socket_path
from core.connections.urls import parse_sentinel_url, password_in, redis_url, store_url
from core.settings.downloads import DownloadSettings
from core.settings.encoders import EncoderSettings
from core.settings.jobs import JobSettings
from core.settings.limits import Limits
from core.settings.servers import LokoSettings, Ports, S3Settings
from core.settings.value_types import HostName, Origin, RedisUrl


class Settings(BaseSettings):
    """All settings; `LOOKALIKE_LIMITS__MAX_FILES` sets a field of a group."""

    model_config = SettingsConfigDict(
        env_prefix="LOOKALIKE_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    data: Path = Path("data")
    host: str = "127.0.0.1"
    cors_origins: tuple[Origin, ...] = ()
    """Web sites whose scripts may call this API (CORS), as `["https://shop.example"]`."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Host names, besides localhost, that requests may use without API keys, as `["shop.lan"]`."""
    store_url: str | None = None
    redis_url: RedisUrl | None = None
    """`redis://`, `rediss://`, `unix:///path`, or `sentinel://host:port,host:port/name/db`."""
    cache_url: RedisUrl | None = None
    milvus_url: str | None = None
    redis_password: str | None = Field(default=None, repr=False)
    cache_password: str | None = Field(default=None, repr=False)
    milvus_token: str | None = Field(default=None, repr=False)
    """`user:password`, or a key of Zilliz Cloud."""
    tls_ca: Annotated[FilePath, AfterValidator(Path.absolute)] | None = None
    """PEM file of the servers' certificate authority, if the system does not know it."""
    start_flower: bool = True
    """Whether `lookalike up` starts Flower, the dashboard of Celery."""
    flower_url: str | None = None
    """Public URL of Flower, used only for links."""
    sales_retention_days: PositiveInt | None = None
    """Order lines older than this are deleted; None keeps all."""
    audit_retention_days: PositiveInt = 400
    """Audit log entries older than this are deleted."""
    default_encoder: str = "efficientnet-lite2"
    """Encoder of new collections; docs/encoders.md compares it with others."""
    search_timeout_s: PositiveFloat = 10
    embed_processes: PositiveInt = min(4, os.cpu_count() or 1)
    """Processes of worker-embed in the embedded stack; they are 10 % faster than threads."""
    ports: Ports = Ports()
    limits: Limits = Limits()
    downloads: DownloadSettings = DownloadSettings()
    encoders: EncoderSettings = EncoderSettings()
    jobs: JobSettings = JobSettings()
    s3: S3Settings = S3Settings()
    loko: LokoSettings = LokoSettings()
    recommender: dict[str, Any] = {}
    """JSON with the fields of `RecommenderSettings` in `core/recommender/options.py`."""

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
