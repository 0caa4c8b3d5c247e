"""Whatever a list file holds ends in a refusal that names the file, or in a whole new pack.

The nightly profile runs each property for 333 files of each kind.
"""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.errors import ReferenceRefused
from app.core.reference import load_reference
from app.core.reference.importers import KINDS, import_published
from app.core.reference.importers.staging import MAX_REJECTED_SHARE
from app.core.screening import Screener
from tests.filings import entry, line, party
from tests.reference_packs import row, write_pack

# A fifth of the usual examples, as each is two whole imports; nightly a third, five minutes.
MANY = settings().max_examples
FEW = settings(max_examples=MANY // 3 if MANY >= 1000 else MANY // 5)
DAY = date(2026, 11, 20)
ENTRY = entry(line(manufacturer=party("CN", name="Firm AK Ltd")))
COLUMNS = {
    "uflpa": ("Entity Name", "Effective Date"),
    "cbp-orders": ("Entity", "Country", "Status", "WRO/Finding", "Effective Date", "Industry"),
    "hts": ("HTS Number", "Indent", "Description"),
    "ofac-sdn": (),
    "ofac-alt": (),
}
NASTY = (
    "",
    " ",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd",
    "+1-1",
    "\x00",
    "a\x00b",
    "\ufeff",
    "\u200b\u202e\u0420\u0430",
    "骆驼集团股份有限公司",
    "Ａｃｍｅ",
    "a" * 5000,
    '"',
    '""',
    "a;b;c",
    "(((((",
    "and its subsidiaries",
    "(including an alias: )",
    "<script>alert(1)</script>",
    "&nbsp;&#0;&#xD800;",
    "-0-",
    "\x1a",
    "\r\n",
    "2026-02-30",
    "13/45/2026",
    "0001-01-01",
    "June 21, 2022",
    "6/21/22",
    "Active",
    "Partially Active",
    "CHN",
    "China",
    "6109.10.00.04",
    "6109.10.00",
    "99999",
    "DPRK3",
    "individual",
)
cells = st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.dates().map(str))
rows = st.lists(st.lists(cells, max_size=8), max_size=12)
ENDS = ("\n", "\r\n", "\r")
CODECS = ("utf-8", "utf-8-sig", "utf-16", "latin-1", "gb18030")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack without entities of the lists that are read: any number of rows is a whole list."""
    return write_pack(
        tmp_path_factory.mktemp("base") / "pack", entities=[row("entities", list="CAATSA-321")]
    )


def written(header: tuple[str, ...], body: list[list[str]], end: str, codec: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerows([header, *body] if header else body)
    return out.getvalue().encode(codec, errors="replace")


def check(kind: str, data: bytes, base: Path, into: Path) -> None:
    """Import it: refused with a message that names something, or read whole and fit to serve."""
    refused = ""
    try:
        report = import_published(kind, data, base, into, as_of=DAY)
    except ReferenceRefused as error:
        refused = error.detail
    if not into.exists():
        assert refused
        return
    pack = load_reference(into)
    assert pack.digest == report.digest
    assert Screener(pack).screen(ENTRY, DAY) is not None
    assert len(report.rejects) <= report.rows_read * MAX_REJECTED_SHARE
    assert all(each.row > 0 and each.reason for each in report.rejects)
    again = import_published(kind, data, into, into.parent / "again", as_of=DAY)
    assert again.digest == report.digest
    assert (again.added, again.removed, again.changed) == (0, 0, 0)


def good_rows(kind: str) -> list[list[str]]:
    """Return 40 rows as they are published: one bad one beside them is left out, not refused."""
    letters = [f"{a}{b}" for a in "ABCD" for b in "KLMNOPQRST"]
    return {
        "uflpa": [[f"Firm {each} Ltd", "June 21, 2022"] for each in letters],
        "cbp-orders": [
            [f"Firm {each} Ltd", "China", "Active", "WRO", "06/24/2021", "Silica"]
            for each in letters
        ],
        "hts": [[f"6109.10.00.{at:02}", "1", "x"] for at in range(40)],
        "ofac-sdn": [[f"{at}", f"FIRM {each}", "-0-", "DPRK3"] for at, each in enumerate(letters)],
        "ofac-alt": [[f"{at}", "1", "aka", f"FIRM {each}"] for at, each in enumerate(letters)],
    }[kind]


files = st.tuples(rows, st.booleans(), st.sampled_from(ENDS), st.sampled_from(CODECS))


@pytest.mark.parametrize("kind", sorted(COLUMNS))
@FEW
@given(files)
def test_any_rows_under_the_right_header_end_in_a_pack_or_a_refusal(
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
    base: Path,
    file: tuple[list[list[str]], bool, str, str],
) -> None:
    body, is_mostly_good, end, codec = file
    if is_mostly_good:
        good = good_rows(kind)
        body = [*good[:20], *body[:2], *good[20:], *good[:1]]
    data = written(COLUMNS[kind], body, end, codec)
    check(kind, data, base, tmp_path_factory.mktemp("fuzz") / "out")


@pytest.mark.parametrize("kind", sorted(COLUMNS))
@FEW
@given(st.tuples(st.integers(0, 39), st.integers(0, 5), cells))
def test_any_cell_in_a_good_list_ends_in_a_pack_or_a_refusal(
    kind: str,
    tmp_path_factory: pytest.TempPathFactory,
    base: Path,
    changed: tuple[int, int, str],
) -> None:
    at, column, cell = changed
    body = good_rows(kind)
    body[at][column % len(body[at])] = cell
    data = written(COLUMNS[kind], body, "\n", "utf-8")
    check(kind, data, base, tmp_path_factory.mktemp("fuzz") / "out")


@pytest.mark.parametrize("kind", sorted(KINDS))
@FEW
@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbf")
@example(b"[" * 100_000)
@example(b"<" * 50_000)
@example(b'[1, null, {}, {"htsno": 5}]')
@example(b'"' + b"x" * 1_000_000 + b'"\n')
@example(b"Entity Name,Effective Date\n" + b"x" * 1_000_000 + b",2024-05-17\n")
def test_any_bytes_end_in_a_pack_or_a_refusal(
    kind: str, tmp_path_factory: pytest.TempPathFactory, base: Path, data: bytes
) -> None:
    check(kind, data, base, tmp_path_factory.mktemp("fuzz") / "out")


tags = st.sampled_from(
    (
        "<table>",
        "</table>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th>",
        "</th>",
        "<br>",
        "<!--",
        "-->",
        "<![CDATA[",
        "<!DOCTYPE",
        "<td",
        "</",
        "&",
        "&#x110000;",
        "<script>",
        "<?xml",
    )
)
pages = st.lists(st.one_of(tags, cells), max_size=40).map(
    lambda parts: (
        "<html><table><tr><th>Entity Name</th><th>Effective Date</th></tr>"
        "<tr><td>A Firm Ltd</td><td>June 21, 2022</td></tr>" + "".join(parts)
    )
)


@FEW
@given(pages)
def test_any_page_ends_in_a_pack_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, base: Path, page: str
) -> None:
    data = page.encode(errors="replace")
    check("uflpa", data, base, tmp_path_factory.mktemp("fuzz") / "out")
