"""The catalogue of reason codes, and which feature speaks under which code."""

from collections.abc import Iterable, Mapping

from app.core.errors import BundleIncompatible
from app.core.features import FEATURES, LineFacts, fitted_column
from app.core.reasons.kinds import Reason, Regime
from app.core.reasons.of_goods_and_way import OF_GOODS_AND_WAY
from app.core.reasons.of_history import OF_HISTORY
from app.core.reasons.of_parties_and_papers import OF_PARTIES_AND_PAPERS
from app.core.reasons.of_routes import OF_ROUTES
from app.core.reasons.of_screening import OF_SCREENING

_ENTRIES = (*OF_GOODS_AND_WAY, *OF_ROUTES, *OF_PARTIES_AND_PAPERS, *OF_HISTORY, *OF_SCREENING)

REASONS: Mapping[str, Reason] = {reason.code: reason for reason, _ in _ENTRIES}
_NAMES_OF: Mapping[str, tuple[str, ...]] = {reason.code: names for reason, names in _ENTRIES}
_CODE_OF: Mapping[str, str] = {name: reason.code for reason, names in _ENTRIES for name in names}

_COMPUTE = {feature.name: feature.compute for feature in FEATURES}


def law_touched(reason: Reason, facts: LineFacts) -> Regime | None:
    """Return the law that the facts of a line touch; None where they only say it is not so.

    "The goods are in no high-priority sector" is a true statement that touches no law: one of the
    reason's features must be above 0, unless the reason itself says which law it is for a line.
    """
    regime = reason.regime_of(facts)
    if regime is None or reason.law is not None:
        return regime
    shown = any(_COMPUTE[name](facts) > 0 for name in _NAMES_OF[reason.code])
    return regime if shown else None


def reason_of(feature_name: str) -> str:
    """Return the code `feature_name` speaks under; fitted columns by their pattern.

    Raises BundleIncompatible for a name that is neither a feature nor a fitted column.
    """
    code = _CODE_OF.get(feature_name)
    if code is not None:
        return code
    fitted_column(feature_name)
    return "LANE_SUPPORT" if feature_name.endswith(".support") else "LANE_OUTCOMES"


def default_reason_map(names: Iterable[str]) -> dict[str, str]:
    """Return the code of each of `names`: what a bundle stores as reason_map.json."""
    return {name: reason_of(name) for name in names}


def check_reason_map(names: Iterable[str], reason_map: Mapping[str, str]) -> None:
    """Raise BundleIncompatible unless every name has a code of the catalogue."""
    lacking = [name for name in names if reason_map.get(name) not in REASONS]
    if lacking:
        raise BundleIncompatible(f"reason map: found no known code for {lacking}")
