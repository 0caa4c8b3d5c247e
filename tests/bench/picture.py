"""A bar chart as SVG, by hand: a page needs no library for a few rectangles."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

ROW, LEFT, BAR, RIGHT = 26, 300, 420, 90  # pixels


def bars(title: str, figures: Sequence[tuple[str, float]]) -> str:
    """Return a chart of one horizontal bar for each (name, figure above zero)."""
    most = max(figure for _, figure in figures)
    height = ROW * (len(figures) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + BAR + RIGHT}" height="{height}"'
        f' font-family="sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="18">{escape(title)}</text>',
    ]
    for at, (name, figure) in enumerate(figures, start=1):
        y, width = ROW * at + 8, max(1, round(BAR * figure / most))
        parts.append(f'<text x="{LEFT - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{width}" height="18" fill="#3b6ea5"/>')
        parts.append(f'<text x="{LEFT + width + 6}" y="{y + 14}">{figure:,.0f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
