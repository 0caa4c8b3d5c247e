"""How old the lists may be: beyond it answers are degraded and the process is not ready."""

from dataclasses import dataclass
from datetime import date

from app.core.reference import ReferencePack

LISTS_TABLE = "entities"  # the named lists: UFLPA, withhold release orders, sanctions
LISTS_GROUP = "lists"  # docs/api.md, degraded_groups


@dataclass(frozen=True, slots=True)
class ListsLimit:
    """The greatest age of the lists in days; None: they may be of any age."""

    max_age_days: int | None = None

    def age_days(self, pack: ReferencePack, today: date) -> int:
        """Return the days since the newest list of `pack` was in force; negative if it is to be."""
        return today.toordinal() - pack.table(LISTS_TABLE).as_of.toordinal()

    def is_kept(self, pack: ReferencePack, today: date) -> bool:
        """Say whether the lists of `pack` are young enough today."""
        return self.max_age_days is None or self.age_days(pack, today) <= self.max_age_days

    def missing_groups(self, pack: ReferencePack, today: date) -> tuple[str, ...]:
        """Return the group `lists` where those of `pack` are too old to be relied on."""
        return () if self.is_kept(pack, today) else (LISTS_GROUP,)


NO_LIMIT = ListsLimit()
