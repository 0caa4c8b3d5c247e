"""All rules in their order: law first, then places and ways, then measures."""

from app.core.rules.kinds import Rule
from app.core.rules.plausibility import PLAUSIBILITY
from app.core.rules.presumptions import PRESUMPTIONS
from app.core.rules.routes import ROUTES

RULES: tuple[Rule, ...] = (*PRESUMPTIONS, *ROUTES, *PLAUSIBILITY)
