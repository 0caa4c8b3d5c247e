"""Ports by code, postal areas by prefix."""

import re
import unicodedata
from collections.abc import Iterable
from types import MappingProxyType

from app.core.reference.kinds import Port
from app.core.reference.localities import fold_town

_SCHEDULE_K_COUNTRY = 3  # first digits of a Schedule K code that stand for the country
_CN_POSTAL_DIGITS = 6
# country names that are written before a Chinese postal code: CN-118000, P.R.C. 118000
_CN_BEFORE = re.compile(
    r"(?:CN|CHN|P\.?R\.?C\.?|P\.?R\.?CHINA|CHINA)[-.,:]?(?=[0-9])", re.IGNORECASE
)
_UNSEEN = frozenset({"Cf", "Mn", "Zs"})  # format characters, marks, spaces


class PortIndex:
    """Ports by UN/LOCODE, Schedule K and Schedule D."""

    __slots__ = ("_by_schedule_d", "_by_schedule_k", "_by_unlocode")

    def __init__(self, ports: Iterable[Port], us_ports: Iterable[Port]) -> None:
        """Index the ports; `us_ports` carry the names of Schedule D."""
        self._by_unlocode: dict[str, Port] = {}
        shared: dict[str, list[Port]] = {}
        self._by_schedule_d = {port.schedule_d: port for port in us_ports if port.schedule_d}
        for port in ports:
            self._by_unlocode[port.unlocode] = port
            if port.schedule_d:
                self._by_schedule_d[port.schedule_d] = port
            if port.schedule_k:
                shared.setdefault(port.schedule_k, []).append(port)
                prefix = port.schedule_k[:_SCHEDULE_K_COUNTRY]
                shared.setdefault(prefix, []).append(port)
        self._by_schedule_k = {code: _as_one(code, ports) for code, ports in shared.items()}

    def by_unlocode(self, unlocode: str) -> Port | None:
        """Return the port of a UN/LOCODE written without the space."""
        return self._by_unlocode.get(unlocode)

    def by_schedule_d(self, code: str) -> Port | None:
        """Return the US port of a 4-digit code."""
        return self._by_schedule_d.get(code)

    def by_schedule_k(self, code: str) -> Port | None:
        """Return the foreign port of a 5-digit code.

        A code that several ports share, or that is unknown in a known country, gives a port
        with a country and nothing else; None where even the country is unclear.
        """
        port = self._by_schedule_k.get(code)
        return port or self._by_schedule_k.get(code[:_SCHEDULE_K_COUNTRY])


def _as_one(code: str, ports: list[Port]) -> Port | None:
    first = ports[0]
    if len(ports) == 1 and len(code) > _SCHEDULE_K_COUNTRY:
        return first
    if len({port.country for port in ports}) > 1:
        return None
    names = {(fold_town(port.name), port.gateway_type) for port in ports}
    if len(names) == 1 and len(code) > _SCHEDULE_K_COUNTRY:
        return first  # two locodes of one port, as Dalian has
    full = code if len(code) > _SCHEDULE_K_COUNTRY else None
    return Port(
        unlocode="",
        name="",
        country=first.country,
        lat=None,
        lon=None,
        schedule_k=full,
        schedule_d=None,
        is_seaport=True,
        gateway_type=None,
        gateway_risk=None,
        gateway_reason=None,
        source=first.source,
    )


class PostalIndex:
    """Areas by country and the beginning of the postal code; the longest prefix wins."""

    __slots__ = ("_areas", "_lengths")

    def __init__(self, areas: Iterable[tuple[str, str, str]]) -> None:
        """Index (country, prefix, area) triples."""
        self._areas = MappingProxyType({(country, prefix): area for country, prefix, area in areas})
        self._lengths = sorted({len(prefix) for _, prefix in self._areas}, reverse=True)

    def find(self, country: str, postal_code: str) -> str | None:
        """Return the area, or None for an unlisted or malformed code."""
        code = plain_postal_code(postal_code)
        if country == "CN":
            code = _CN_BEFORE.sub("", code)
        if country == "CN" and not is_cn_postal_code(code):
            return None
        for length in self._lengths:
            area = self._areas.get((country, code[:length]))
            if area is not None:
                return area
        return None


def plain_postal_code(code: str) -> str:
    """Return a postal code without spaces and unseen characters, wide digits made plain."""
    if code.isascii():
        return code.replace(" ", "")
    plain = unicodedata.normalize("NFKC", code)
    return "".join(sign for sign in plain if unicodedata.category(sign) not in _UNSEEN)


def is_cn_postal_code(code: str) -> bool:
    """Whether it has the six digits of a Chinese postal code."""
    return len(code) == _CN_POSTAL_DIGITS and code.isascii() and code.isdigit()
