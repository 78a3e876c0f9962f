"""All settings, read once from the environment (`LOOKALIKE_...`) by the entry points.

An unset URL means the embedded server of `lookalike up`; set it to use your own server.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    FilePath,
    HttpUrl,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.connections.sockets import socket_path
from core.connections.urls import parse_sentinel_url, password_in, redis_url, store_url
from core.daily_time import parse_daily_time
from core.observability.logs import HIDDEN, Redaction
from core.records import StrictRecord

MEBIBYTE = 1024 * 1024


def _redis_url(url: str) -> str:
    parse_sentinel_url(url)  # raises ValueError
    return url


RedisUrl = Annotated[str, AfterValidator(_redis_url)]


def describe_errors(error: ValidationError | SettingsError) -> list[str]:
    """Return one line for each invalid environment variable, with secrets hidden."""
    if isinstance(error, SettingsError):
        return [str(error)]
    redact = Redaction()
    return [redact(_describe(details)) for details in error.errors()]


def _describe(details: ErrorDetails) -> str:
    name = "__".join(map(str, details["loc"])).upper()
    secret = name.endswith(("PASSWORD", "TOKEN", "KEY", "SECRET"))
    return f"LOOKALIKE_{name}={HIDDEN if secret else details['input']}: {details['msg']}"


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[\w.-]+(:\d{1,5})?", text):
        raise ValueError(
            f"{text!r} is not an origin; use a form like https://shop.example (`*` is not allowed)"
        )
    return text


Origin = Annotated[str, AfterValidator(_origin)]


def _host_name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+", text):
        raise ValueError(f"{text!r} is not a host name; use a name like shop.example, with no port")
    return text.lower()


HostName = Annotated[str, AfterValidator(_host_name)]


def _http(text: str) -> str:
    return str(HttpUrl(text)) if text else text


HttpText = Annotated[str, AfterValidator(_http)]


def _daily_time(text: str) -> str:
    parse_daily_time(text)  # raises ValueError
    return text


DailyTime = Annotated[str, AfterValidator(_daily_time)]


class Limits(StrictRecord):
    """Limits of requests and jobs; set them like `LOOKALIKE_LIMITS__MAX_UPLOAD_MB=2000`."""

    max_upload_mb: PositiveInt = 4096
    """Size of a request body, in MiB."""
    max_files: PositiveInt = 10_000
    """Files in one request."""
    max_images: PositiveInt = 200_000
    """Images in one job."""
    max_image_mb: PositiveInt = 50
    """Size of one image file, unpacked, in MiB."""
    max_megapixels: PositiveInt = 50
    """Width x height of an image; a larger image is rejected before it is decoded."""
    min_free_mb: PositiveInt = 512
    """An upload is rejected if it would leave less free disk space than this."""
    max_expansion_ratio: PositiveInt = 100
    """Unpacked size of an archive, or of a file in it, relative to its packed size."""
    max_deleted_share: float = Field(default=0.2, ge=0, le=1)
    """Share of all items that an import of the whole catalogue may delete without confirmation."""
    idle_timeout_s: PositiveFloat = 30
    """A request ends if no part of its body arrives for this long."""
    reads_per_minute: NonNegativeInt = 30_000
    """Read requests per API key and API process; 0 means unlimited."""
    writes_per_minute: NonNegativeInt = 6_000
    """Write requests per API key, in all API processes together; 0 means unlimited."""


class Ports(StrictRecord):
    """Ports of the API and of Flower; the embedded servers listen on unix sockets."""

    api: PositiveInt = 8000
    flower: PositiveInt = 5555


class EncoderSettings(StrictRecord):
    """Settings of encoders: where their weights are stored, and how they run."""

    weights_dir: Path | None = None
    """Folder of the weights files, possibly read-only; default: `models/weights` in `data`."""
    weights_sha256: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of your own weights by encoder name."""
    download_mirror: str | None = None
    """Server to download weights from, instead of https://storage.googleapis.com."""
    max_loaded: PositiveInt = 3
    """Encoders in a worker's memory; the least recently used is evicted first."""

    runtime: Literal["auto", "openvino", "tensorflow"] = "auto"
    precision: Literal["auto", "f32", "bf16"] = "auto"
    """With auto, bf16 if the CPU has instructions for it, else f32."""
    batch_size: PositiveInt = 16
    """Images per forward pass of TensorFlow, and between two checks of a step's lease."""
    streams: PositiveInt = 1
    """Concurrent forward passes with OpenVINO, on one core each."""


class JobSettings(StrictRecord):
    """How jobs are split into steps, retried and cleaned up."""

    chunk_size: PositiveInt = 64
    """Images in one step of an ingest job; a cancelled job stops within one step."""
    max_queued_steps: PositiveInt = 8
    """Steps of one job on the queue at a time, so that jobs share the workers."""
    lease_s: PositiveFloat = 30
    """A worker that does not renew its lease for this long loses its step to another worker."""
    sweep_interval_s: PositiveFloat = 5
    """Interval between two searches for orphaned steps."""
    step_timeout_s: PositiveFloat = 300
    """A worker whose step makes no progress for this long exits and is restarted."""
    max_attempts: PositiveInt = 4
    """After this many failures or lost workers, a step's items are isolated or the step fails."""
    max_open: PositiveInt = 10_000
    """New jobs are rejected while this many jobs are unfinished."""
    retention_days: PositiveInt = 30
    """Finished jobs are deleted after this many days."""
    train_quiet_s: NonNegativeFloat = 1800
    """An automatic training run starts once no data has come in for this long."""
    train_max_delay_s: PositiveFloat = 6 * 3600
    """Automatic training runs are put off for at most this long, even if data keeps coming in."""
    train_at: DailyTime | None = None
    """Automatic training runs wait for this time of day: `03:00` (UTC) or `03:00 Europe/Berlin`."""
    retrain_interval_h: PositiveFloat = 24
    """Recommenders are retrained once their last training run is older than this."""


class S3Settings(StrictRecord):
    """Access to the bucket of `LOOKALIKE_STORE_URL=s3://bucket/prefix`; `AWS_...` also works."""

    endpoint: HttpText = ""
    """URL of the server; empty means AWS."""
    key: str = ""
    secret: str = Field(default="", repr=False)
    region: str = ""


class LokoSettings(StrictRecord):
    """Settings of the blocks for Loko AI, whose flows send no API keys."""

    url: HttpText = "http://127.0.0.1:8000/"
    """URL of the Lookalike server, for an adapter that runs on its own."""
    key: str = Field(default="", repr=False)
    """API key for blocks that send none; anybody who can reach the blocks has its rights."""
    gateway: HttpText = ""
    """URL of Loko's gateway, for progress messages and folders; if empty, both are unavailable."""
    wait_s: float = Field(default=240, gt=0, le=280)
    """Time until a flow gets a response even if its job is unfinished; Loko waits 300 s."""


class Settings(BaseSettings):
    """The whole configuration of a process."""

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
    flower_url: str | None = None
    """Public URL of Flower, used only for links."""
    sales_retention_days: PositiveInt | None = None
    """Order lines older than this are deleted; None keeps all."""
    audit_retention_days: PositiveInt = 400
    """Audit log entries older than this are deleted."""
    default_encoder: str = "efficientnet-lite0"
    search_timeout_s: PositiveFloat = 10
    embed_processes: PositiveInt = min(4, os.cpu_count() or 1)
    """Processes of worker-embed in the embedded stack; they are 10 % faster than threads."""
    ports: Ports = Ports()
    limits: Limits = Limits()
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
    def flower(self) -> str:
        """URL of Flower for use in a browser."""
        return self.flower_url or f"http://127.0.0.1:{self.ports.flower}"

    @property
    def models(self) -> Path:
        """Folder of converted networks."""
        return self.data / "models"

    @property
    def weights(self) -> Path:
        """Folder of weights files."""
        return self.encoders.weights_dir or self.models / "weights"
