"""From contributions to reasons: features grouped under their codes, strongest first."""

from collections.abc import Mapping, Sequence
from math import fsum

from app.core.features import LineFacts
from app.core.reasons.catalogue import REASONS, law_touched, reason_of
from app.core.reasons.kinds import GivenReason

LOWERS = "Lowers the estimate: "


def explain(
    names: Sequence[str],
    contributions: Sequence[float],
    facts: LineFacts,
    reason_map: Mapping[str, str],
    limit: int | None = None,
) -> tuple[GivenReason, ...]:
    """Return the reasons of one line, strongest first.

    `contributions` are the log-odds of `names` in order; a base value after them is left out. The
    contributions of all features of a code are summed. With a `limit` only codes that raise the
    estimate are given, that many at most; without, all codes are, so that their contributions and
    the base value add up to the raw score. The text is the same true statement either way; one
    that lowers says so.
    """
    by_code: dict[str, list[float]] = {}
    for name, contribution in zip(names, contributions, strict=False):
        code = reason_map.get(name) or reason_of(name)
        by_code.setdefault(code, []).append(float(contribution))
    sums = {code: fsum(found) for code, found in by_code.items()}
    ranked = sorted(sums.items(), key=lambda item: (-abs(item[1]), item[0]))
    if limit is not None:
        ranked = [item for item in ranked if item[1] > 0][:limit]
    return tuple(_given(code, contribution, facts) for code, contribution in ranked)


def ranked(
    learned: Sequence[GivenReason], rules: Sequence[tuple[float, GivenReason]]
) -> tuple[GivenReason, ...]:
    """Return one list of what the model learned and of rules with their ranks, strongest first.

    All rules are kept; a reason of the model that only repeats the code of a rule stays too, for
    its contribution is part of the sum.
    """
    placed = [(abs(each.contribution), each) for each in learned]
    placed = [*rules, *placed]
    return tuple(each for _, each in sorted(placed, key=lambda item: -item[0]))


def _given(code: str, contribution: float, facts: LineFacts) -> GivenReason:
    reason = REASONS[code]
    text, regime = reason.say(facts), law_touched(reason, facts)
    return GivenReason(
        code=code,
        text=LOWERS + text if contribution < 0 else text,
        group=reason.group.value,
        regime=None if regime is None else regime.value,
        contribution=contribution,
        source=reason.dated_source(facts),
    )
