"""Dated, sourced reference tables: tariff codes, ports, places, goods at risk, listed entities."""

from app.core.reference.kinds import (
    ANY_COUNTRY,
    REGIMES,
    GatewayPlace,
    GoodsRisk,
    HtsStatus,
    ListedEntity,
    ListName,
    OrderByPlace,
    Port,
    Source,
    TableInfo,
)
from app.core.reference.loading import load_reference
from app.core.reference.pack import ReferencePack

__all__ = [
    "ANY_COUNTRY",
    "REGIMES",
    "GatewayPlace",
    "GoodsRisk",
    "HtsStatus",
    "ListName",
    "ListedEntity",
    "OrderByPlace",
    "Port",
    "ReferencePack",
    "Source",
    "TableInfo",
    "load_reference",
]
