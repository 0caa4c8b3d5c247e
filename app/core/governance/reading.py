"""A policy from JSON, strictly: unknown fields, cut points out of order and doubles are refused."""

import re
from typing import Any

from app.core.codes import CountryCode, EntryType
from app.core.errors import FieldProblem, InvalidField
from app.core.features.gateways import Gateway
from app.core.governance.document import (
    DAYS,
    Capacity,
    CutPoints,
    Dimension,
    PolicyDocument,
    Segment,
)
from app.core.governance.fields import Fields, Wrong, member, moment, number, one_of, shown, whole
from app.core.governance.refusals import InvalidPolicy
from app.core.policy import Band
from app.core.scale import MAX_SCORE

MAX_OVERRIDES = 500
NO_GATEWAY = "none"  # the route class of a way without a gateway
ROUTE_CLASSES = (*(str(each) for each in Gateway), NO_GATEWAY)
_CHAPTER = re.compile(r"0[1-9]|[1-9][0-9]", re.ASCII)
_PORT = re.compile(r"[A-Za-z0-9_.-]{1,40}", re.ASCII)
_GROUP = re.compile(r"[a-z][a-z_]{0,39}", re.ASCII)
_CUT = whole(0, MAX_SCORE + 1)
_KNOWN = (
    "review_at", "hold_at", "overrides", "exploration_rate", "degraded", "degraded_default",
    "capacity", "expires_at",
)  # fmt: skip


def read_policy(value: object) -> PolicyDocument:
    """Return the policy in a JSON value (numbers as `parse_json` gives them).

    InvalidPolicy, with the JSON Pointer of each field, for anything that is not wholly one.
    """
    problems: list[FieldProblem] = []
    fields = Fields(value, "", problems)
    fields.only(_KNOWN)
    made = PolicyDocument(
        cuts=_cuts(fields),
        overrides=fields.read("overrides", lambda found: _overrides(found, problems), {}),
        exploration_rate=fields.read("exploration_rate", number(0, 1), 0.0)
        if fields.has("exploration_rate")
        else 0.0,
        degraded=_degraded(fields, problems),
        degraded_default=fields.read("degraded_default", member(Band), Band.REVIEW)
        if fields.has("degraded_default")
        else Band.REVIEW,
        capacity=_capacity(fields, problems) if fields.has("capacity") else None,
        expires_at=fields.read("expires_at", moment, None) if fields.has("expires_at") else None,
    )
    if problems:
        count = len(problems)
        raise InvalidPolicy(f"The policy has {count} problem{'s' if count > 1 else ''}.", problems)
    return made


def _cuts(fields: Fields) -> CutPoints:
    cuts = CutPoints(fields.read("review_at", _CUT, 0), fields.read("hold_at", _CUT, MAX_SCORE + 1))
    if cuts.review_at > cuts.hold_at:
        message = f"found review_at {cuts.review_at} above hold_at {cuts.hold_at}"
        fields.note("hold_at", "cut_points_out_of_order", message)
    return cuts


def _overrides(found: object, problems: list[FieldProblem]) -> dict[Segment, CutPoints]:
    if found is None:
        return {}
    if not isinstance(found, list) or len(found) > MAX_OVERRIDES:
        raise Wrong("wrong_type", f"wanted an array of at most {MAX_OVERRIDES} overrides")
    made: dict[Segment, CutPoints] = {}
    for place, each in enumerate(found):
        fields = Fields(each, f"/overrides/{place}", problems)
        fields.only(("segment", "value", "review_at", "hold_at"))
        dimension = fields.read("segment", member(Dimension), Dimension.ORIGIN)
        value = fields.read("value", lambda value, of=dimension: _value(of, value), "")  # type: ignore[misc]  # a default of the closure
        segment = Segment(dimension, value)
        if segment in made:
            fields.note("value", "duplicate_segment", "found this segment twice")
        made[segment] = _cuts(fields)
    return made


def _value(dimension: Dimension, value: object) -> str:
    """Return a segment's value if a line can have it."""
    if not isinstance(value, str):
        raise Wrong("wrong_type", f"found {shown(value)}, wanted a text")
    try:
        if dimension is Dimension.ORIGIN:
            return str(CountryCode(value))
        if dimension is Dimension.ENTRY_TYPE:
            return str(EntryType(value))
    except InvalidField as error:
        raise Wrong(error.problem, error.message) from None
    if dimension is Dimension.ROUTE_CLASS:
        return one_of(ROUTE_CLASSES)(value)
    pattern, wanted = (
        (_CHAPTER, "a chapter from 01 to 99")
        if dimension is Dimension.HS_CHAPTER
        else (_PORT, "a port's code")
    )
    if not pattern.fullmatch(value):
        raise Wrong("invalid_code", f"found {shown(value)}, wanted {wanted}")
    return value


def _degraded(fields: Fields, problems: list[FieldProblem]) -> dict[str, Band]:
    if not fields.has("degraded"):
        return {}
    table: dict[str, Any] = fields.read("degraded", _object, {})
    inside = Fields(table, f"{fields.pointer}/degraded", problems)
    made = {}
    for group in table:
        if not _GROUP.fullmatch(group):
            inside.note(group, "invalid_group", "wanted the name of a group of evidence")
        made[group] = inside.read(group, member(Band), Band.HOLD)
    return made


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Wrong("wrong_type", f"found {shown(value)}, wanted an object")
    return value


def _capacity(fields: Fields, problems: list[FieldProblem]) -> Capacity:
    at = f"{fields.pointer}/capacity"
    inside = Fields(fields.read("capacity", lambda value: value, None), at, problems)
    inside.only(("roster_hours", "review_minutes", "hold_minutes"))
    table = inside.read("roster_hours", lambda value: value, None)
    hours = Fields(table if inside.is_object else {}, f"{at}/roster_hours", problems)
    hours.is_object &= inside.is_object
    hours.only(DAYS)
    minutes = number(0, 1440)
    return Capacity(
        tuple(hours.read(day, number(0, 10_000), 0.0) for day in DAYS),
        inside.read("review_minutes", minutes, 0.0),
        inside.read("hold_minutes", minutes, 0.0),
    )
