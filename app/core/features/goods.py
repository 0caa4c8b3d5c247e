"""How the goods of a line are listed on a day: labour lists, UFLPA and North Korean sectors."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from app.core.features.once import KEPT
from app.core.reference import GoodsRisk, ReferencePack

_CONFIDENCE = {"low": 1, "medium": 2, "high": 3}  # confidence of an HS mapping as a strength


class Goods(NamedTuple):
    """How the goods of a line are listed on the day.

    `dol`: the US Department of Labor lists them from the origin declared as made with forced
    labour; `dol_in_china`: it would from China. `cbp_action`, `uflpa`, `dprk_sector`: the good as
    the list calls it, or None; the last two hold whatever the origin. `dprk_strength` is 0 none to
    3 high: how surely they belong to a sector in which North Korean labour is used in China (else
    in Russia), by the confidence of the HS mapping.
    """

    dol: bool
    dol_in_china: bool
    cbp_action: str | None
    uflpa: str | None
    dprk_sector: str | None
    dprk_strength: int


@lru_cache(KEPT)  # a day has few kinds of goods; a new pack is another key
def goods_of(reference: ReferencePack, hts: str, origin: str, at: date) -> Goods:
    """Return how goods of code `hts` from `origin` are listed on the day `at`."""
    in_china = reference.goods_risks(hts, "CN", at)
    at_origin = in_china if origin == "CN" else reference.goods_risks(hts, origin, at)
    dprk_sector, dprk_strength = _dprk_sector(in_china)
    if dprk_sector is None:  # all but a few sectors are listed for China too
        dprk_sector, dprk_strength = _dprk_sector(reference.goods_risks(hts, "RU", at))
    return Goods(
        dol=lists_forced_labour(at_origin),
        dol_in_china=lists_forced_labour(in_china),
        cbp_action=_first(at_origin, "CBP_ACTION"),
        uflpa=_first(in_china, "UFLPA_SECTOR"),
        dprk_sector=dprk_sector,
        dprk_strength=dprk_strength,
    )


def lists_forced_labour(rows: Iterable[GoodsRisk]) -> bool:
    """Say whether one of `rows` is a US Department of Labor listing for forced labour."""
    return any(row.forced_labour and row.list == "DOL_TVPRA" for row in rows)


def _dprk_sector(rows: Iterable[GoodsRisk]) -> tuple[str | None, int]:
    sector, strength = None, 0
    for row in rows:
        if row.list == "DPRK_SECTOR":
            found = _CONFIDENCE.get(row.confidence, 1)  # an unknown word counts as low
            if found > strength:
                sector, strength = row.good, found
    return sector, strength


def _first(rows: Iterable[GoodsRisk], wanted: str) -> str | None:
    for row in rows:
        if row.list == wanted:
            return row.good
    return None
