"""Settings of servers: the embedded stack's ports, access to S3, blocks for Loko AI."""

from typing import Annotated

from pydantic import Field

from core.records import StrictRecord
from core.settings.value_types import HttpText

Port = Annotated[int, Field(ge=1, le=65_535)]


class Ports(StrictRecord):
    """Ports of the API and of Flower; the embedded servers listen on unix sockets."""

    api: Port = 8000
    """Port of the API and the web page."""
    flower: Port = 5555
    """Port of Flower."""


class S3Settings(StrictRecord):
    """Access to the bucket of `LOOKALIKE_STORE_URL=s3://bucket/prefix`; `AWS_...` also works."""

    endpoint: HttpText = ""
    """URL of the server; empty means AWS."""
    key: str = ""
    """ID of the access key."""
    secret: str = Field(default="", repr=False)
    """Secret of the access key."""
    region: str = ""
    """Region of the bucket, if the server requires it."""


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
