"""`python -m examples.storefront`: the shop of `lookalike demo`, at http://127.0.0.1:8080."""

import argparse
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from platformdirs import user_cache_path

from examples.storefront.catalogue import Catalogue
from examples.storefront.images import Images
from examples.storefront.shop import Shop, create_app
from examples.storefront.suggestions import Suggestions
from lookalike import Lookalike

PAGE_TIMEOUT_S = 0.5  # a page does not wait longer for a list, which takes some milliseconds
IMAGE_TIMEOUT_S = 5.0


def build(
    folder: Path, collection: str, url: str | None = None, page_timeout_s: float = PAGE_TIMEOUT_S
) -> FastAPI:
    """Return the shop of a folder; the clients read LOOKALIKE_URL and LOOKALIKE_KEY."""
    catalogue = Catalogue(folder)
    lists = Lookalike(url, timeout=page_timeout_s, retries=0)
    images = Lookalike(url, timeout=IMAGE_TIMEOUT_S, retries=0)
    suggestions = Suggestions(lists, collection, catalogue)
    return create_app(Shop(catalogue, suggestions, Images(images, collection)))


def main() -> None:
    """Serve the shop until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="examples.storefront", description=__doc__)
    folder = user_cache_path("lookalike") / "demo-shop"
    parser.add_argument("--folder", type=Path, default=folder, help="has items/items.csv")
    parser.add_argument("--collection", default="demo")
    parser.add_argument("--port", type=int, default=8080)
    args = parser.parse_args()
    uvicorn.run(build(args.folder, args.collection), port=args.port)


if __name__ == "__main__":
    main()
