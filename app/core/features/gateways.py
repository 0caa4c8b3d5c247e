"""Kinds of gateway places, read from the gateway type of the reference tables."""

from enum import StrEnum

from app.core.reference import GatewayPlace, Port


class Gateway(StrEnum):
    """What passing a place, or a manufacturer's being there, can mean for goods at risk."""

    NORTH_KOREA = "north_korea"  # in the DPRK
    BORDER = "border"  # Chinese town on the DPRK border: Dandong, Hunchun
    FAR_EAST = "far_east"  # Russian port or crossing near the DPRK: Nakhodka, Vladivostok
    XINJIANG = "xinjiang"
    CLUSTER = "cluster"  # town whose plants finish North Korean goods: Pingdu, false lashes
    HUB = "hub"  # port where cargo is relayed, of little meaning alone: Dalian, Busan


RISKS = {"low": 1, "medium": 2, "high": 3, "prohibited": 4}  # gateway_risk as a level
_BY_COUNTRY = {"KP": Gateway.NORTH_KOREA, "RU": Gateway.FAR_EAST}
_BY_WORD = (  # what a gateway type says, in this order
    ("false-eyelash cluster", Gateway.CLUSTER),
    ("Xinjiang", Gateway.XINJIANG),
    ("DPRK", Gateway.BORDER),
    ("Dandong", Gateway.BORDER),
)


def gateway_of(place: Port | GatewayPlace | None) -> Gateway | None:
    """Return the kind of gateway `place` is; None where it is none or unknown."""
    if place is None or not place.gateway_type:
        return None
    of_country = _BY_COUNTRY.get(place.country)
    if of_country is not None:
        return of_country
    said = place.gateway_type
    return next((kind for word, kind in _BY_WORD if said.startswith(word)), Gateway.HUB)


def risk_level(place: Port | GatewayPlace | None) -> int:
    """Return the gateway's risk from 1 (low) to 4 (prohibited); 0 for no gateway."""
    return 0 if place is None else RISKS.get(place.gateway_risk or "", 0)
