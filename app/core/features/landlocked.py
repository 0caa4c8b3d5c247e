"""Lands without a seaport: their goods must pass a neighbour, so that the way alone tells little.

The 44 states without a coast, as commonly counted (the UN lists 32 of them as landlocked developing
countries); written down 2026-11, not compared with a published list line by line. Ports on inland
seas and rivers do not count: no ship leaves them for the ocean but through another land.
"""

_WEST_AND_MIDDLE_AFRICA = "BF", "CF", "ML", "NE", "TD"
_EAST_AND_SOUTH_AFRICA = "BI", "BW", "ET", "LS", "MW", "RW", "SS", "SZ", "UG", "ZM", "ZW"
_AMERICAS = "BO", "PY"
_ASIA = "AF", "AM", "AZ", "BT", "KG", "KZ", "LA", "MN", "NP", "TJ", "TM", "UZ"
_EUROPE = "AD", "AT", "BY", "CH", "CZ", "HU", "LI", "LU", "MD", "MK", "RS", "SK", "SM", "VA"
LANDLOCKED = frozenset(
    (*_WEST_AND_MIDDLE_AFRICA, *_EAST_AND_SOUTH_AFRICA, *_AMERICAS, *_ASIA, *_EUROPE)
)
