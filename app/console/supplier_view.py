"""What the supplier page shows, as plain values: testable without a line of HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

CHART_WIDTH, CHART_HEIGHT = 720, 160  # units of the drawing, which scales with the page
_GAP = 0.25  # of a month's place, left free between two bars
_LEAST = 2.0  # height of a bar that stands for something, however little
_LABELS = 6  # months that are named under the chart
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: where its bar stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A month's name under the chart, its middle at `x`."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Value by month as bars, and the same in words for who cannot see it."""

    bars: tuple[Bar, ...]
    labels: tuple[Label, ...]
    top: str
    summary: str


@dataclass(frozen=True, slots=True)
class ShareView:
    """A heading, origin or way: its name, lines and value, and `share` of the largest, 0 to 1."""

    name: str
    lines: int
    value: str
    seen: str
    share: float


@dataclass(frozen=True, slots=True)
class SupplierView:
    """A supplier as the page shows it."""

    document: Json
    title: str
    place: str
    facts: tuple[tuple[str, str], ...]
    chart: Chart | None
    tables: tuple[tuple[str, tuple[ShareView, ...]], ...]
    outcomes: tuple[tuple[str, int], ...]


def dollars(amount: str | float) -> str:
    """Return an amount in dollars, short: 97500.5 is $97.5k, 1234567 is $1.23M."""
    value = Decimal(str(amount))
    for least, unit, sign in ((Decimal(10**6), 10**6, "M"), (Decimal(1000), 1000, "k")):
        if value >= least:
            return f"${float(value / unit):.3g}{sign}"
    return f"${value:.0f}"


def supplier_view(document: Json) -> SupplierView:
    """Return what is shown of the answer of GET /v1/suppliers/{key}."""
    newest = document["spellings"][0]
    place = [newest["city"], newest["country"]]
    return SupplierView(
        document=document,
        title=newest["name"] or newest["number"] or newest["mid"],
        place=", ".join(each for each in place if each),
        facts=_facts(document),
        chart=chart_of(document["months"]),
        tables=tuple(
            (title, _shares(document[name]))
            for title, name in (
                ("Goods, by HS heading", "goods"),
                ("Declared origins", "origins"),
                ("Ways", "routes"),
            )
        ),
        outcomes=tuple(
            (kind.replace("_", " "), count)
            for kind, count in document["outcomes"]["by_kind"].items()
            if count
        ),
    )


def _facts(document: Json) -> tuple[tuple[str, str], ...]:
    facts = [
        ("Filed entries", f"{document['filings']:,}"),
        ("Drafts", f"{document['drafts']:,}"),
    ]
    history = document["history"]
    if history is None:
        return (*facts, ("History", "none"))
    distinct = history["distinct"]
    weights = [
        f"{kind} {weight:.1f}" for kind, weight in history["outcome_weights"].items() if weight
    ]
    return (
        *facts,
        ("Lines known to history", f"{history['lines']:,} in {history['entries']:,} entries"),
        ("First and last seen", f"{history['first_seen']} to {history['last_seen']}"),
        ("Value of late", dollars(history["value_recent_usd"])),
        ("Value, faded over half a year", dollars(history["value_decayed_usd"])),
        (
            "About how many",
            f"headings {distinct['goods']}, origins {distinct['origins']}, "
            f"ways {distinct['routes']}, importers {distinct['importers']}",
        ),
        ("Outcomes, faded over a year", ", ".join(weights) or "none known"),
    )


def _shares(found: Sequence[Json]) -> tuple[ShareView, ...]:
    most = max((Decimal(each["value_usd"]) for each in found), default=Decimal(0)) or Decimal(1)
    return tuple(
        ShareView(
            name=each["name"],
            lines=each["lines"],
            value=dollars(each["value_usd"]),
            seen=f"{each['first_seen']} to {each['last_seen']}",
            share=float(Decimal(each["value_usd"]) / most),
        )
        for each in found
    )


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


def chart_of(months: Sequence[Json]) -> Chart | None:
    """Return the chart of a series of months; None without a month."""
    if not months:
        return None
    values = [float(each["value_usd"]) for each in months]
    most = max(*values, 1.0)
    place = CHART_WIDTH / len(months)
    step = -(-len(months) // _LABELS)
    bars, labels = [], []
    for at, (month, value) in enumerate(zip(months, values, strict=True)):
        height = max(value / most * CHART_HEIGHT, _LEAST if month["entries"] else 0.0)
        title = f"{month['month']}: {_entries(month['entries'])}, {dollars(month['value_usd'])}"
        x = (at + _GAP / 2) * place
        bars.append(Bar(x, CHART_HEIGHT - height, place * (1 - _GAP), height, title))
        if at % step == 0:
            labels.append(Label((at + 0.5) * place, month["month"]))
    entries = sum(each["entries"] for each in months)
    summary = (
        f"Entered value by month, {months[0]['month']} to {months[-1]['month']}: "
        f"{_entries(entries)}, {dollars(sum(values))} in all, at most {dollars(most)} a month."
    )
    return Chart(tuple(bars), tuple(labels), dollars(most), summary)
