"""What is tried: lanes that are crossed, learner settings, and how one candidate is chosen.

Nothing here knows a data set; a mapping may add lanes of its own. Evidence for each choice is in
docs/adr/0009-lane-priors.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from app.core.features.lane import Cross
from app.core.mapping_file import AttributeColumn

FOLDS = 10  # of the cross-fitting; 5 and 30 give the same within noise
SMOOTHING = 1.0  # lines' worth of trust in the parent lane; 0.3 to 10 give the same within noise
CHANNEL_SMOOTHING = 20.0  # fields of few values have many lines each; little ones say little
NORM_MINIMUM = 1  # lines a lane needs for a norm of its own
_TREATED = ("hs6", "origin", "export", "treatment")

LANES = (
    Cross("chapter", ("hs2",), None, SMOOTHING),
    Cross("chapter_origin", ("hs2", "origin"), "chapter", SMOOTHING),
    Cross("heading_origin", ("hs4", "origin"), "chapter_origin", SMOOTHING),
    Cross("goods_origin", ("hs6", "origin"), "heading_origin", SMOOTHING),
    Cross("goods_route", ("hs6", "origin", "export"), "goods_origin", SMOOTHING),
    Cross("goods_route_treatment", _TREATED, "goods_route", SMOOTHING),
    Cross("goods_route_rate", (*_TREATED, "rate"), "goods_route_treatment", SMOOTHING),
)
NORMS = (
    Cross("norm_lane", _TREATED, None, SMOOTHING),
    Cross("norm_goods_origin", ("hs6", "origin"), None, SMOOTHING),
    Cross("norm_goods", ("hs6",), None, SMOOTHING),
    Cross("norm_heading", ("hs4",), None, SMOOTHING),
    Cross("norm_chapter", ("hs2",), None, SMOOTHING),
)


def channels(attributes: Sequence[AttributeColumn]) -> tuple[Cross, ...]:
    """Return a lane for mode, port and each attribute by itself: how the entry was declared."""
    names = {"mode": "mode", "port": "port"}
    names |= {each.name: f"attribute:{each.name}" for each in attributes}
    return tuple(
        Cross(f"channel_{name}", (source,), None, CHANNEL_SMOOTHING)
        for name, source in names.items()
    )


# Few and shallow trees: exact contributions cost about leaves times depth squared, and 300 trees of
# 31 leaves were no better on held-out lines (docs/adr/0028-the-fast-path.md).
_SETTINGS: Mapping[str, object] = MappingProxyType(
    {
        "objective": "binary",
        "learning_rate": 0.1,
        "num_leaves": 12,
        "max_depth": 5,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "max_bin": 255,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to learn: columns left out by name prefix, learner settings, and rounds to stop at.

    `rounds` ascend; the number is chosen among them by average precision on the held-out rows.
    """

    name: str
    without: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    rounds: tuple[int, ...] = (75, 100, 150)

    def parameters(self, seed: int) -> dict[str, object]:
        """Return LightGBM's parameters: one thread, deterministic."""
        return {**_SETTINGS, **self.settings, "seed": seed}

    def keeps(self, column: str) -> bool:
        """Whether a column of this name is used."""
        return not column.startswith(self.without) if self.without else True


# For files where no small tree is enough; reasons of such a model cost some thirty times as much.
_WIDE = MappingProxyType({"num_leaves": 63, "max_depth": -1, "learning_rate": 0.06})
_WIDE_ROUNDS = (100, 200, 300)
_LANES = "lane."
_CHANNEL = "lane.channel_"
_PARTY = (_CHANNEL, "party.")
_LISTED = (*_PARTY, "commodity.", "origin.", "route.")

# Groups of features are part of the choice: where parties or places say nothing, leaving them out
# is better than hoping that trees do. The first candidate is the default, and the plainest: lanes
# have to earn their place, for where labels exist only where enforcement looked, a lane's rate is
# mostly a record of its focus (docs/adr/0026-what-training-believes.md). Another must beat it
# beyond the noise of filing weeks.
CANDIDATES = (
    Candidate("without lanes", (_LANES,)),
    Candidate("with lanes", (_CHANNEL,)),
    Candidate("wide", (_CHANNEL,), _WIDE, _WIDE_ROUNDS),
    Candidate("with channels"),
    Candidate("without party history", _PARTY),
    Candidate("wide, without party history", _PARTY, _WIDE, _WIDE_ROUNDS),
    Candidate("lanes, values and declaration", _LISTED),
    Candidate("wide, lanes, values and declaration", _LISTED, _WIDE, _WIDE_ROUNDS),
)
