"""What a decision is found by later: opaque keys of its suppliers, their names, and its shipment.

A key is a digest and holds no name. The ledger keeps them beside a decision, tenant by tenant.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from app.core.entry import Entry
from app.core.history import fold_name, keys_of_lines
from app.core.policy import Band
from app.core.resubmission import shipment_keys

_REMEMBERED: Final = (
    65_536  # names whose key is kept in memory; pure, so forgetting costs time only
)
_STOPPED: Final = "stopped"


def index_keys_of(entry: Entry, band: Band) -> tuple[str, ...]:
    """Return the keys that a decision of `band` on `entry` is found by, each once.

    `supplier:` as history has it, `name:` of each manufacturer and seller, `shipment:` of what the
    goods travel under, and `stopped:` the same again where the decision was no release.
    """
    keys = [line.supplier for line in keys_of_lines(entry)]
    for line in entry.lines:
        for party in (line.manufacturer, line.seller):
            if party is not None and party.name is not None:
                keys.append(name_key(party.name))
    shipment = shipment_keys(entry)
    keys += shipment
    if band is not Band.RELEASE:
        keys += map(stopped_key, shipment)
    return tuple(dict.fromkeys(key for key in keys if key is not None))


@lru_cache(maxsize=_REMEMBERED)
def name_key(name: str) -> str:
    """Return the key of a name, the same for spellings that history takes for one."""
    return f"name:{blake2b(fold_name(name).encode(), digest_size=16).hexdigest()}"


def stopped_key(shipment_key: str) -> str:
    """Return the key of the same shipment among decisions that were no release.

    They are looked up apart, so that a flood of other decisions cannot hide them.
    """
    return f"{_STOPPED}:{shipment_key.partition(':')[2]}"
