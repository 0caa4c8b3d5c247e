"""Every error has a code of its own, a status and a title, and stands in the drawn tree."""

from app.core import errors
from app.core.errors import EntryRiskError


def _all(kind: type[EntryRiskError]) -> list[type[EntryRiskError]]:
    return [kind] + [error for child in kind.__subclasses__() for error in _all(child)]


def test_codes_are_unique() -> None:
    codes = [error.code for error in _all(EntryRiskError)]
    assert len(codes) == len(set(codes))


def test_each_error_is_drawn_in_the_tree() -> None:
    drawing = errors.__doc__ or ""
    assert [error.__name__ for error in _all(EntryRiskError) if error.__name__ not in drawing] == []


def test_an_error_says_its_title_unless_told_more() -> None:
    assert str(errors.LedgerUnavailable()) == "Ledger unavailable"
    assert errors.LedgerUnavailable("disk full").detail == "disk full"


def test_a_refused_request_keeps_its_problems_in_order() -> None:
    problems = [errors.FieldProblem(f"/lines/{n}", "x", "y") for n in range(3)]
    assert errors.InvalidEntry("no", problems).problems == tuple(problems)
