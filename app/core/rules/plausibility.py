"""Rules on measures: what goods cannot be, given what they weigh, cost and are made of where."""

from app.core.features import LineFacts
from app.core.features import plausibility as measures
from app.core.policy import Band
from app.core.reasons import ReasonGroup
from app.core.reasons import route_statements as say
from app.core.rules.kinds import Rule
from app.core.rules.routes import at_risk

MIND = 0.7  # log ratio from which a measure is told: a factor of 2


def _known(value: float, at_least: float = 1.0) -> bool | None:
    return None if value != value else value >= at_least  # noqa: PLR0124 - NaN is not itself


def _not_produced(facts: LineFacts) -> bool | None:
    return _known(measures.not_produced_at_origin(facts)) if at_risk(facts) else False


def _gross_below_net(facts: LineFacts) -> bool | None:
    return _known(measures.gross_below_net(facts))


def _unit_weight(facts: LineFacts) -> bool | None:
    return _known(measures.unit_weight_off_bounds(facts), MIND)


def _cheap(facts: LineFacts) -> bool | None:
    return _known(measures.value_below_documented(facts), MIND)


def _input_elsewhere(facts: LineFacts) -> bool | None:
    value = measures.input_made_elsewhere(facts)
    return None if value != value else value > 0  # noqa: PLR0124 - NaN is not itself


_V = ReasonGroup.VALUATION

PLAUSIBILITY = (
    Rule(
        code="NOT_PRODUCED_AT_ORIGIN",
        group=_V,
        regime=None,
        floor=Band.REVIEW,
        source="reference:capacities",
        about="Goods at risk are declared as of a country that makes or grows none of them.",
        applies=_not_produced,
        say=say.production,
    ),
    Rule(
        code="GROSS_BELOW_NET",
        group=_V,
        regime=None,
        floor=None,
        source="entry",
        about="The gross weight is less than the net quantity: a weight to correct.",
        applies=_gross_below_net,
        say=say.gross_and_net,
    ),
    Rule(
        code="UNIT_WEIGHT_OUT_OF_BOUNDS",
        group=_V,
        regime=None,
        floor=None,
        source="reference:bounds",
        about="A unit weighs half or twice as much as such goods can.",
        applies=_unit_weight,
        say=say.unit_weight,
    ),
    Rule(
        code="VALUE_BELOW_DOCUMENTED",
        group=_V,
        regime=None,
        floor=None,
        source="reference:bounds",
        about="A kilogram is worth less than half of what is documented for such goods of North "
        "Korea; the advisory of 2018-07-23 names artificially low prices.",
        applies=_cheap,
        say=say.value_documented,
    ),
    Rule(
        code="INPUT_MADE_ELSEWHERE",
        group=_V,
        regime=None,
        floor=None,
        source="reference:yields",
        about="The declared origin makes or grows none of the raw input the goods take.",
        applies=_input_elsewhere,
        say=say.raw_input,
    ),
)
