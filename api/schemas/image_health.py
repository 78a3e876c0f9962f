"""Models of what is wrong with the images of a collection."""

from pydantic import Field

from api.schemas.base import ApiModel, Page
from core.domain import ImageProblem


class ImageWithProblems(ApiModel):
    """An image and what is wrong with it."""

    sku: str = Field(examples=["A-12"])
    view: str = Field(examples=["front"])
    url: str = Field(examples=["/v1/collections/shop/items/A-12/image?view=front"])
    version: str = Field(examples=["9f86d081884c7d65"])
    """The beginning of the SHA-256 of the image's file."""
    problems: list[ImageProblem] = Field(examples=[["blurred"]])


class ImageHealthPage(Page):
    """What is wrong with a collection's images, and a page of the images concerned, by SKU."""

    images: int = Field(examples=[3100])
    """Number of all images."""
    not_assessed: int = Field(examples=[0])
    """Number of images that nobody has looked at; a rebuild of the collection does."""
    problems: dict[ImageProblem, int] = Field(examples=[{"blurred": 12, "tiny": 3}])
    """Number of images of each problem that there is."""
    items: list[ImageWithProblems]
