"""What world is to be made: size, seed, which mechanisms act, and how it is shifted."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date

from app.core.errors import DataRefused

STARTS = date(2022, 6, 21)  # UFLPA in force (P.L. 117-78, section 3)
ENDS = date(2026, 10, 31)  # the last filing day; what becomes known later is not known
NEXUS_SHARE = 0.0075  # of entries in the default, enriched world
STOP_SHARE = 0.0095  # of entries stopped in the default world
REAL_STOP_SHARE = 1 / 7500  # FY2023: 4,415 stops in 31M to 36M entry summaries
LISTED_SHARE = 0.002  # of entries name a listed party, once its order holds (invented)
EXPLORATION_ODDS = 0.02  # of a document check for entries nobody examined (invented)
SHIFTS = ("lanes", "routes", "parties", "values")


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """What acts in a world; docs/synthetic.md describes each switch and what it leaves when off."""

    route_laundering: bool = True
    repeat_suppliers: bool = True
    supplier_substitution: bool = True
    shell_importers: bool = True
    border_makers: bool = True
    goods_focus: bool = True
    undervaluation: bool = True
    declared_mismatch: bool = True
    honest_lookalikes: bool = True
    spelling_variants: bool = True
    mid_collisions: bool = True
    missing_legs: bool = True
    enforcement_focus: bool = True
    looks_where_it_looked: bool = True
    random_stratum: bool = True
    late_outcomes: bool = True
    release_shift: bool = True
    label_noise: bool = True
    listed_parties: bool = True

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of all switches, in order."""
        return tuple(each.name for each in fields(cls))

    @classmethod
    def without(cls, names: Iterable[str]) -> "Mechanisms":
        """Return all mechanisms but `names`; raise DataRefused for a name that is none."""
        off = set(names)
        unknown = sorted(off - set(cls.names()))
        if unknown:
            raise DataRefused(f"found mechanisms {unknown}, wanted some of {list(cls.names())}")
        return cls(**dict.fromkeys(off, False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A world to be made: `entries` of the seed `seed`.

    `nexus_share` of the entries are made with forced labour, about `listed_share` name a listed
    party, and what nobody examined is checked by chance with `exploration_odds`; `enrichment`
    says how many times more entries are stopped than in the real trade. `shift` moves parameters
    (one of SHIFTS) for tests of transfer.
    """

    entries: int
    seed: int
    nexus_share: float = NEXUS_SHARE
    mechanisms: Mechanisms = field(default_factory=Mechanisms)
    shift: str | None = None
    listed_share: float = LISTED_SHARE
    exploration_odds: float = EXPLORATION_ODDS
    starts: date = STARTS
    ends: date = ENDS

    def __post_init__(self) -> None:
        """Refuse a world that cannot be made."""
        if not 1_000 <= self.entries <= 5_000_000:
            raise DataRefused(f"entries: found {self.entries}, wanted 1,000 to 5,000,000")
        if self.seed < 0:
            raise DataRefused(f"seed: found {self.seed}, wanted 0 or more")
        if not 0 < self.nexus_share <= 0.1:
            raise DataRefused(f"nexus_share: found {self.nexus_share}, wanted above 0, at most 0.1")
        for name in ("listed_share", "exploration_odds"):
            if not 0 <= getattr(self, name) <= 0.5:
                found = getattr(self, name)
                raise DataRefused(f"{name}: found {found}, wanted 0 to 0.5")
        if self.shift is not None and self.shift not in SHIFTS:
            raise DataRefused(f"shift: found {self.shift!r}, wanted one of {list(SHIFTS)}")

    @property
    def enrichment(self) -> float:
        """How many times the real share of stops this world has."""
        return self.stop_share / REAL_STOP_SHARE

    @property
    def stop_share(self) -> float:
        """Share of entries that are stopped: it goes with the share of nexus."""
        return STOP_SHARE * self.nexus_share / NEXUS_SHARE

    def at_real_base_rate(self) -> "Plan":
        """Return the same world with stops as rare as they are: 1 entry in 7,500."""
        return replace(self, nexus_share=NEXUS_SHARE * REAL_STOP_SHARE / STOP_SHARE)
