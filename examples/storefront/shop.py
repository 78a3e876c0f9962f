"""The pages of the shop. Each works without Lookalike, which adds rows of products to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from examples.storefront.catalogue import Catalogue, Product
from examples.storefront.images import MAX_PHOTO_BYTES, SIZES, Images, SearchFailed
from examples.storefront.sessions import Session, Sessions
from examples.storefront.suggestions import Suggestions

_HERE = Path(__file__).parent
_PERSONAL = {"Cache-Control": "private, no-store"}
_A_DAY, _A_MINUTE = ({"Cache-Control": f"public, max-age={s}"} for s in (86_400, 60))

router = APIRouter()
templates = Jinja2Templates(_HERE / "templates")


@dataclass(frozen=True)
class Shop:
    """What the pages need."""

    catalogue: Catalogue
    suggestions: Suggestions
    images: Images

    def find(self, sku: str) -> Product:
        """Return a product; a 404 if the shop does not have it, or hides it."""
        if product := self.catalogue.find(sku):
            return product
        raise HTTPException(404, "We do not have this product.")


def create_app(shop: Shop) -> FastAPI:
    """Return the shop as an ASGI app."""
    app = FastAPI(openapi_url=None, lifespan=_lifespan)
    app.state.shop = shop
    app.middleware("http")(Sessions())
    app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.shop.suggestions.close()
    app.state.shop.images.close()


def _shop(request: Request) -> Shop:
    shop: Shop = request.app.state.shop
    return shop


def _session(request: Request) -> Session:
    session: Session = request.state.session
    return session


ShopDep = Annotated[Shop, Depends(_shop)]
SessionDep = Annotated[Session, Depends(_session)]
SkuForm = Annotated[str, Form()]


def _page(request: Request, name: str, **context: Any) -> Response:
    shop, session = _shop(request), _session(request)
    context |= {"session": session, "kinds": shop.catalogue.kinds()}
    return templates.TemplateResponse(request, name, context, headers=_PERSONAL)


@router.get("/")
def home(request: Request, shop: ShopDep, session: SessionDep) -> Response:
    """Show recommendations: to a customer, to a visitor by what they viewed, or popular items."""
    blocks, customers = shop.suggestions.for_home(session), shop.catalogue.customers()
    return _page(request, "home.html", blocks=blocks, customers=customers)


@router.get("/category/{kind}")
def category(kind: str, request: Request, shop: ShopDep) -> Response:
    """Show a category."""
    blocks, products = shop.suggestions.for_category(kind), shop.catalogue.category(kind)
    return _page(request, "list.html", title=kind.capitalize(), blocks=blocks, products=products)


@router.get("/products/{sku:path}")
def product(sku: str, request: Request, shop: ShopDep, session: SessionDep) -> Response:
    """Show a product, what looks like it and what is bought with it."""
    product, blocks = shop.find(sku), shop.suggestions.for_product(sku)
    session.add_viewed(sku)
    in_stock = shop.catalogue.is_in_stock(sku)
    return _page(request, "product.html", product=product, blocks=blocks, in_stock=in_stock)


@router.get("/basket")
def basket(request: Request, shop: ShopDep, session: SessionDep) -> Response:
    """Show the basket and what goes with it."""
    products = shop.catalogue.products(session.basket)
    return _page(
        request, "basket.html", products=products, blocks=shop.suggestions.for_basket(session)
    )


@router.post("/basket")
def add_to_basket(sku: SkuForm, shop: ShopDep, session: SessionDep) -> Response:
    """Put a product into the basket."""
    if shop.catalogue.is_in_stock(sku) and sku not in session.basket:
        session.basket.append(sku)
    return RedirectResponse("/basket", 303)


@router.post("/basket/remove")
def remove_from_basket(sku: SkuForm, session: SessionDep) -> Response:
    """Take a product out of the basket."""
    session.basket = [other for other in session.basket if other != sku]
    return RedirectResponse("/basket", 303)


@router.post("/checkout")
def check_out(session: SessionDep) -> Response:
    """Buy the basket; recommendations count it at once, without a training run."""
    session.bought, session.basket = [*session.bought, *session.basket][-20:], []
    return RedirectResponse("/", 303)


@router.post("/sign-in")
def sign_in(session: SessionDep, customer: Annotated[str, Form()] = "") -> Response:
    """Sign in, or out without a name; a real shop demands a password."""
    session.customer = customer.strip()
    return RedirectResponse("/", 303)


@router.post("/search")
def search(photo: UploadFile, request: Request, shop: ShopDep) -> Response:
    """Show the products that look most like a photo."""
    try:
        skus = shop.images.search(photo.file.read(MAX_PHOTO_BYTES + 1))
    except SearchFailed as error:
        return _page(request, "list.html", title="Search by photo", message=str(error))
    products = shop.catalogue.products(skus)
    return _page(request, "list.html", title="Most like your photo", products=products)


@router.get("/pictures/{size}/{sku:path}")
def picture(size: int, sku: str, shop: ShopDep) -> Response:
    """Send a picture that browsers and proxies keep; without Lookalike, in full size."""
    product = shop.find(sku)
    if size not in SIZES:
        raise HTTPException(404, "There are no pictures of this size.")
    if data := shop.images.thumbnail(product, size):
        return Response(data, media_type="image/jpeg", headers=_A_DAY)
    return FileResponse(product.picture, headers=_A_MINUTE)


@router.get("/style.css")
def style() -> Response:
    """Send the style sheet."""
    return FileResponse(_HERE / "style.css", headers=_A_MINUTE)
