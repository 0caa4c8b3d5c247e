"""Kinds of gateway places, read from the gateway type of the reference tables."""

from enum import StrEnum

from app.core.reference import GatewayPlace, Port


class Gateway(StrEnum):
    """What passing a place, or a manufacturer's being there, can mean for goods at risk."""

    NORTH_KOREA = "north_korea"  # in the DPRK
    BORDER = "border"  # Chinese town on the DPRK border: Dandong, Hunchun
    FAR_EAST = "far_east"  # Russian port or crossing near the DPRK: Nakhodka, Vladivostok
    XINJIANG = "xinjiang"
    HUB = "hub"  # port where cargo is relayed, of little meaning alone: Dalian, Busan


RISKS = {"low": 1, "medium": 2, "high": 3, "prohibited": 4}  # gateway_risk as a level


def gateway_of(place: Port | GatewayPlace | None) -> Gateway | None:
    """Return the kind of gateway `place` is; None where it is none or unknown."""
    if place is None or not place.gateway_type:
        return None
    if place.country == "KP":
        return Gateway.NORTH_KOREA
    if place.country == "RU":
        return Gateway.FAR_EAST
    if "Xinjiang" in place.gateway_type:
        return Gateway.XINJIANG
    if "DPRK" in place.gateway_type or "Dandong" in place.gateway_type:
        return Gateway.BORDER
    return Gateway.HUB


def risk_level(place: Port | GatewayPlace | None) -> int:
    """Return the gateway's risk from 1 (low) to 4 (prohibited); 0 for no gateway."""
    return 0 if place is None else RISKS.get(place.gateway_risk or "", 0)
