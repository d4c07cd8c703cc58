"""Finding products."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, literal_column, select, true

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.paging import Count, Order, Page, estimate, keyset, ordered
from app.engine.custom_fields import sorting
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.products.models import Product

PAGE_SIZE = 25
MOST_WORDS = 6

# Must read exactly as in the index ix_products_search, or the index is not used.
SEARCHED: ColumnElement[str] = literal_column("fold(products.name || ' ' || products.sku)")

ORDERS = {
    "name": Order((Product.name, Product.product_id), "Product"),
    "price": Order((Product.price_minor, Product.product_id), "Price"),
    "created": Order((Product.created_at, Product.product_id), "Added"),
}
GROUPS: dict[str, ColumnElement[Any]] = {
    "type": Product.type.expression,
    "state": Product.archived_at.is_not(None).label("is_archived"),
}


@dataclass(frozen=True)
class ProductFilter:
    """What a list of products is narrowed to; "" leaves it open."""

    q: str = ""
    kind: str = ""
    state: str = "sold"
    where: Filter | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == ProductFilter()


def get_product(product_id: UUID) -> Product:
    """One product, archived or not. Raises: NotFound."""
    product = db.session.get(Product, product_id)
    if product is None:
        raise NotFound
    return product


def list_products(
    wanted: ProductFilter, *, sort: str = "name", cursor: str = "", size: int = PAGE_SIZE, group: str = ""
) -> Page[Product]:
    """One page of products."""
    page = keyset(
        _matching(wanted),
        orders=_orders(group),
        sort=sort,
        cursor=cursor,
        size=size,
    )
    return page.scalars()


def select_products(wanted: ProductFilter, *, sort: str, group: str) -> Select[Any]:
    """All products that a list finds, in its order."""
    return ordered(_matching(wanted), _orders(group), sort)


def _orders(group: str) -> dict[str, Order]:
    orders = ORDERS | sorting.orders_of("product", Product, "product_id")
    return {key: order.led_by(GROUPS.get(group)) for key, order in orders.items()}


def count_products(wanted: ProductFilter, *, group: str = "") -> Count:
    """How many products the list has, in bounded time."""
    return estimate(
        _matching(wanted),
        known_as=repr(wanted),
        whole_tables=["products"] if wanted.is_open else (),
        group=GROUPS.get(group),
    )


def search_products(words: str, limit: int) -> Sequence[Product]:
    """The best matches among what is sold."""
    query = _matching(ProductFilter(q=words)).order_by(*ORDERS["name"].columns)
    return db.session.scalars(query.limit(limit)).all()


def find_products(ids: Sequence[UUID]) -> dict[UUID, Product]:
    """The products of these ids, archived ones among them."""
    found = db.session.scalars(select(Product).where(one_of(Product.product_id, ids)))
    return {product.product_id: product for product in found}


def find_names(_actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of some products."""
    query = select(Product.product_id, Product.name).where(one_of(Product.product_id, ids))
    return dict(db.session.execute(query).tuples().all())


def _matching(wanted: ProductFilter) -> Select[Any]:
    archived = Product.archived_at.is_not(None)
    states = {"sold": ~archived, "archived": archived, "all": true()}
    query = select(Product).where(states[wanted.state])
    if wanted.kind:
        query = query.where(Product.type == wanted.kind)
    if wanted.where:
        query = narrow(query, wanted.where, here_and_now())
    if wanted.q:
        query = query.where(_says(wanted.q))
    return query


def _says(words: str) -> ColumnElement[bool]:
    """Every word is in the name or SKU, or the whole is nearly a part of it."""
    parts = words.split()[:MOST_WORDS]
    written = and_(*(SEARCHED.like(func.fold(literal(f"%{_plain(part)}%"))) for part in parts))
    return written | SEARCHED.op("%>", is_comparison=True)(func.fold(words))


def _plain(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
