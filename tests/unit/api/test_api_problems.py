"""Every error is a problem document of at most twenty errors and 4 KiB."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.api.problems import (
    MAX_BYTES,
    MAX_ERRORS,
    answer_http_error,
    error_classes,
    errors_by_code,
    errors_markdown,
    meaning_of,
    problem_bytes,
    problem_document,
    problem_response,
)
from app.core.errors import (
    BundleTampered,
    EntryRiskError,
    FieldProblem,
    InvalidEntry,
    InvalidField,
    LedgerUnavailable,
    MethodNotAllowed,
    NotFound,
    RequestRefused,
    Unauthenticated,
)

TEXT = st.text(max_size=3000).map(lambda text: text.encode(errors="replace").decode())
PROBLEMS = st.lists(st.builds(FieldProblem, TEXT, st.just("code"), TEXT), max_size=40)


@given(TEXT, PROBLEMS)
def test_a_problem_is_never_over_four_kibibytes(detail: str, problems: list[FieldProblem]) -> None:
    body = problem_bytes(InvalidEntry(detail, problems), "01K")
    assert len(body) <= MAX_BYTES
    assert len(json.loads(body).get("errors", [])) <= MAX_ERRORS


def test_long_errors_give_way_from_the_end() -> None:
    problems = [FieldProblem(f"/{at}" + "x" * 300, "code", "m" * 300) for at in range(20)]
    kept = json.loads(problem_bytes(InvalidEntry("d" * 600, problems), "01K"))["errors"]
    assert 0 < len(kept) < MAX_ERRORS
    assert [each["pointer"][:2] for each in kept] == [f"/{at}" for at in range(len(kept))]


@pytest.mark.parametrize("error", [each for each in error_classes() if each is not InvalidField])
def test_each_error_of_the_tree_is_answered_by_its_code_status_and_title(
    error: type[EntryRiskError],
) -> None:
    answer = problem_response(error("detail"), "01K")
    problem = json.loads(bytes(answer.body))
    assert answer.status_code == problem["status"] == error.status
    assert (problem["type"], problem["title"]) == (f"/errors/{error.code}", error.title)
    assert problem["instance"] == "01K"
    assert answer.media_type == "application/problem+json"


def test_what_is_ours_is_not_explained_to_a_caller() -> None:
    assert problem_document(BundleTampered("model.txt"))["detail"] == BundleTampered.title
    assert problem_document(LedgerUnavailable("disk full"))["detail"] == "Disk full"
    assert "instance" not in problem_document(NotFound())


def test_a_challenge_comes_with_401_and_a_time_with_503() -> None:
    assert "Bearer" in problem_response(Unauthenticated(), "1").headers["www-authenticate"]
    assert problem_response(LedgerUnavailable(), "1").headers["retry-after"] == "1"


def answered(error: HTTPException, method: str = "GET") -> tuple[int, dict[str, str]]:
    request = Request({"type": "http", "method": method, "headers": []})
    answer = asyncio.run(answer_http_error(request, error))
    return answer.status_code, dict(answer.headers)


def test_framework_errors_are_problems_too() -> None:
    status, headers = answered(HTTPException(405, headers={"Allow": "GET, HEAD"}))
    assert (status, headers["allow"]) == (MethodNotAllowed.status, "GET, HEAD")
    assert answered(HTTPException(404))[0] == NotFound.status
    assert answered(HTTPException(418))[0] == RequestRefused.status


def test_options_says_what_may_be_done() -> None:
    status, headers = answered(HTTPException(405, headers={"Allow": "GET, HEAD"}), "OPTIONS")
    assert (status, headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert answered(HTTPException(405), "OPTIONS")[1]["allow"] == "OPTIONS"


def test_the_page_of_errors_names_every_code() -> None:
    page = errors_markdown()
    assert all(f"`{code}`" in page for code in errors_by_code())
    assert all(meaning_of(error) for error in errors_by_code().values())


def test_sentences_begin_upper_case_names_stay_and_long_ones_end_between_words() -> None:
    problems = [
        FieldProblem("/a", "x", "found a number"),
        FieldProblem("/b", "x", "known_at is later"),
        FieldProblem("/c", "x", "wanted " + "word " * 100),
    ]
    found = [each["message"] for each in problem_document(InvalidEntry("", problems))["errors"]]
    assert found[:2] == ["Found a number", "known_at is later"]
    assert found[2].endswith("word ...")
