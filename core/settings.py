"""Every knob, read once from the environment (`LOOKALIKE_...`) by the entry points.

A URL that is not set means the embedded server of `lookalike up`; set it to use your own.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    HttpUrl,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.connections.urls import password_in, redis_url, store_url, watched
from core.observability.logs import HIDDEN, Redaction

MEBIBYTE = 1024 * 1024


def _redis_url(url: str) -> str:
    """Raises ValueError where it is one of sentinels that cannot be read."""
    watched(url)
    return url


RedisUrl = Annotated[str, AfterValidator(_redis_url)]


def faults_of(error: ValidationError | SettingsError) -> list[str]:
    """What is wrong with the environment, a line for each variable."""
    if isinstance(error, SettingsError):
        return [str(error)]
    names = ("__".join(str(step) for step in one["loc"]).upper() for one in error.errors())
    rows = zip(names, error.errors(), strict=True)
    hide = Redaction()
    return [
        hide(f"LOOKALIKE_{name}={_shown(name, one['input'])}: {one['msg']}") for name, one in rows
    ]


def _shown(name: str, value: object) -> object:
    return HIDDEN if name.endswith(("PASSWORD", "TOKEN", "KEY", "SECRET")) else value


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[\w.-]+(:\d{1,5})?", text):
        raise ValueError(f"{text!r} is no origin like https://shop.example; `*` is not allowed")
    return text


Origin = Annotated[str, AfterValidator(_origin)]


def _http(text: str) -> str:
    return str(HttpUrl(text)) if text else text


HttpText = Annotated[str, AfterValidator(_http)]


class Limits(BaseModel):
    """What one request may ask for; each can be set, as `LOOKALIKE_LIMITS__UPLOAD_MB=2000`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    upload_mb: PositiveInt = 4096
    """One request's body."""
    parts: PositiveInt = 10_000
    """Files in one request."""
    images: PositiveInt = 200_000
    """Images in one job."""
    image_mb: PositiveInt = 50
    """One picture's file, unpacked."""
    megapixels: PositiveInt = 50
    """One picture's width x height; a larger one is refused before it is decoded."""
    free_mb: PositiveInt = 512
    """An upload is refused when the disk would have less than this left."""
    expansion: PositiveInt = 100
    """How many times its own size an archive, or a file in one, may unpack to."""
    stall_s: PositiveFloat = 30
    """A request of whose body nothing comes for so long is ended."""
    requests_per_minute: NonNegativeInt = 30_000
    """What one key may read, in each process of the API; 0 is as much as it likes."""
    writes_per_minute: NonNegativeInt = 6_000
    """How often one key may change something, in all processes together; 0 as above."""


class Ports(BaseModel):
    """Where the embedded servers listen, on 127.0.0.1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api: PositiveInt = 8000
    flower: PositiveInt = 5555
    redis: PositiveInt = 7379
    cache: PositiveInt = 7380
    milvus: PositiveInt = 19530


class EncoderSettings(BaseModel):
    """Where networks' weights are, and how networks run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: Path | None = None
    """Folder of weights files, which may be read-only; else `models/weights` in the data."""
    pins: dict[str, str] = {}
    """SHA-256 that a network's weights must have, by its name: for weights of your own."""
    mirror: str | None = None
    """Weights are fetched from here in place of https://storage.googleapis.com."""
    loaded: PositiveInt = 3
    """Networks in a worker's memory at once; the least recently used goes first."""

    runtime: Literal["auto", "openvino", "tensorflow"] = "auto"
    precision: Literal["auto", "f32", "bf16"] = "auto"
    """auto: bf16 where the CPU has instructions for it."""
    batch: PositiveInt = 16
    """Images in one forward pass of TensorFlow, and between two looks at a job's lease."""
    streams: PositiveInt = 1
    """Forward passes that run at once with OpenVINO, a core each."""


class JobSettings(BaseModel):
    """How work is shared out and watched."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chunk: PositiveInt = 64
    """Images in one step of an ingest; cancel stops within one."""
    window: PositiveInt = 8
    """Steps of one job that may wait on the queue at once, so that jobs share the workers."""
    lease_s: PositiveFloat = 30
    """A worker silent for this long has lost its step to another."""
    sweep_s: PositiveFloat = 5
    """How often forgotten work is looked for."""
    stuck_s: PositiveFloat = 300
    """A worker whose step makes no headway for this long ends itself, and is started again."""
    tries: PositiveInt = 4
    """A step that failed or lost its worker this often is set aside, or first taken apart."""
    open: PositiveInt = 10_000
    """Uploads are refused while so many jobs have not ended."""
    kept_days: PositiveInt = 30
    """Finished jobs are forgotten after this."""
    retrain_h: PositiveFloat = 24
    """Recommenders are trained again when their last training is older than this."""


class S3Settings(BaseModel):
    """How the bucket of `LOOKALIKE_STORE_URL=s3://bucket/prefix` is reached; else by `AWS_...`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: HttpText = ""
    """URL of the server; empty: AWS."""
    key: str = ""
    secret: str = Field(default="", repr=False)
    region: str = ""


class LokoSettings(BaseModel):
    """The blocks of Loko AI flows, which send no keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpText = "http://127.0.0.1:8000/"
    """Where the adapter finds the server, when it runs on its own."""
    key: str = Field(default="", repr=False)
    """For requests of blocks that bring none: whoever reaches the blocks can do what it may."""
    gateway: HttpText = ""
    """URL of Loko's gateway, where progress is told and folders are read; empty: neither."""
    wait_s: float = Field(default=240, gt=0, le=280)
    """A flow is answered after this, whether or not its job has ended; it hangs up after 300."""


class Settings(BaseSettings):
    """The whole configuration of a process."""

    model_config = SettingsConfigDict(
        env_prefix="LOOKALIKE_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    data: Path = Path("data")
    host: str = "127.0.0.1"
    origins: tuple[Origin, ...] = ()
    """Pages of other servers whose scripts may ask this one, as `["https://shop.example"]`."""
    store_url: str | None = None
    redis_url: RedisUrl | None = None
    """`redis://`, `rediss://`, or `sentinel://host:port,host:port/name/db`."""
    cache_url: RedisUrl | None = None
    milvus_url: str | None = None
    redis_password: str | None = Field(default=None, repr=False)
    cache_password: str | None = Field(default=None, repr=False)
    milvus_token: str | None = Field(default=None, repr=False)
    """`user:password`, or a key of Zilliz Cloud."""
    tls_ca: Annotated[FilePath, AfterValidator(Path.absolute)] | None = None
    """PEM file of who signs the certificates of those servers, where the system does not know."""
    flower_url: str | None = None
    """Where people find Flower; only linked to."""
    sales_days: PositiveInt | None = None
    """Order lines older than this are dropped; None: all are kept."""
    audit_days: PositiveInt = 400
    """How long it is kept who changed what."""
    default_encoder: str = "efficientnet-lite0"
    search_timeout_s: PositiveFloat = 10
    embed_processes: PositiveInt = min(4, os.cpu_count() or 1)
    """Processes of worker-embed in the embedded stack; measured a tenth faster than threads."""
    ports: Ports = Ports()
    limits: Limits = Limits()
    encoders: EncoderSettings = EncoderSettings()
    jobs: JobSettings = JobSettings()
    s3: S3Settings = S3Settings()
    loko: LokoSettings = LokoSettings()
    recommender: dict[str, Any] = {}
    """As JSON; what may be in it is in `core/recommender/options.py`."""

    @property
    def store(self) -> str:
        """URL of the store: all that has to be backed up."""
        if not self.store_url:
            return (self.data.absolute() / "store").as_uri()
        ca = str(self.tls_ca) if self.tls_ca and self.s3.endpoint else None  # AWS' own is known
        return store_url(self.store_url, **self.s3.model_dump(), ca=ca)

    @property
    def redis(self) -> str:
        """URL of Redis A: broker, job ledger, locks."""
        url = self.redis_url or f"redis://127.0.0.1:{self.ports.redis}/0"
        return redis_url(url, password=self.redis_password, ca=self.tls_ca)

    @property
    def cache(self) -> str:
        """URL of Redis B: what may be lost and made again."""
        url = self.cache_url or f"redis://127.0.0.1:{self.ports.cache}/0"
        return redis_url(url, password=self.cache_password, ca=self.tls_ca)

    @property
    def milvus(self) -> str:
        """URL of Milvus."""
        return self.milvus_url or f"http://127.0.0.1:{self.ports.milvus}"

    @property
    def secrets(self) -> set[str]:
        """What must be in no log and in no answer."""
        passwords = (self.redis_password, self.cache_password, self.milvus_token, self.s3.secret)
        urls = (self.redis_url, self.cache_url, self.milvus_url, self.store_url)
        return {one for one in passwords if one}.union(*map(password_in, urls))

    @property
    def flower(self) -> str:
        """URL of Flower, for people."""
        return self.flower_url or f"http://127.0.0.1:{self.ports.flower}"

    @property
    def models(self) -> Path:
        """Folder of converted networks."""
        return self.data / "models"

    @property
    def weights(self) -> Path:
        """Folder of weights files."""
        return self.encoders.weights or self.models / "weights"
