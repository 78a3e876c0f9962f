"""Parameters of requests for an item's image."""

from typing import Annotated

from fastapi import Query

ViewQuery = Annotated[
    str | None,
    Query(description="View of the image; default: the item's first image.", examples=["front"]),
]
SizeQuery = Annotated[
    int | None,
    Query(
        ge=16,
        le=2048,
        description="Return a JPEG thumbnail of at most this many pixels a side.",
        examples=[256],
    ),
]
VersionQuery = Annotated[
    str,
    Query(
        max_length=64,
        description="The beginning of the hash of the image's file; part of signed URLs.",
        examples=["9f86d081884c7d65"],
    ),
]
ExpiresQuery = Annotated[
    int | None,
    Query(
        description="When the URL expires, in seconds since 1970; part of signed URLs.",
        examples=[1_800_000_000],
    ),
]
SignatureQuery = Annotated[
    str | None,
    Query(
        description="The signature of the URL, with which the request needs no API key.",
        examples=["0f5e2c4b7a9d8e1f3c6b5a4d7e8f9a0b"],
    ),
]
