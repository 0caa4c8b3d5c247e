"""Lands without a seaport: their goods must pass a neighbour, so that the way alone tells little.

Source: the 44 landlocked states of the United Nations (the 32 developing ones as listed by
UN-OHRLLS, and those of Europe), read 2026-11. Ports on inland seas and rivers reach no ocean
without another land and do not count.
"""

_AFRICA = (
    "BF",
    "BI",
    "BW",
    "CF",
    "ET",
    "LS",
    "ML",
    "MW",
    "NE",
    "RW",
    "SS",
    "SZ",
    "TD",
    "UG",
    "ZM",
    "ZW",
)
_AMERICAS = ("BO", "PY")
_ASIA = ("AF", "AM", "AZ", "BT", "KG", "KZ", "LA", "MN", "NP", "TJ", "TM", "UZ")
_EUROPE = ("AD", "AT", "BY", "CH", "CZ", "HU", "LI", "LU", "MD", "MK", "RS", "SK", "SM", "VA")
LANDLOCKED = frozenset((*_AFRICA, *_AMERICAS, *_ASIA, *_EUROPE))
