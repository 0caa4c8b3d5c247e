"""What /v1/jobs reads and answers, as JSON Schema with made-up examples."""

from typing import Any

from app.api import examples, schema
from app.api.jobs import JOB_TYPES, JOBS_PATH, NDJSON, RESULTS_A_PAGE
from app.api.operation import COMMON_ERRORS, IDEMPOTENCY_KEY, Operation, parameter, path_parameter
from app.core.access import Scope
from app.core.jobs import JobForm, JobState
from app.services.assessed import Explain
from app.services.jobs import MAX_PAGE, MAX_RESULTS

Schema = dict[str, Any]
_ONE = f"{JOBS_PATH}/{{job_id}}"
_ID = path_parameter("job_id", "Id of the job.")


def job_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations of jobs by path and method."""
    reading = (*COMMON_ERRORS, "not-found", "jobs-unavailable")
    return {
        (JOBS_PATH, "post"): Operation(
            summary="Submit many entries, one a line; scored beside everything else.",
            scope=Scope.SCORE_WRITE,
            body=schema.entry_schema(),
            body_types=JOB_TYPES,
            answer=job_schema(),
            answer_status=202,
            errors=(*COMMON_ERRORS, *_SUBMITTING),
            parameters=(_EXPLAIN, _KEY),
            request_examples=examples.requests(),
            answer_examples={"accepted": job_examples()["queued"]},
        ),
        (JOBS_PATH, "get"): Operation(
            summary="The tenant's jobs, newest first.",
            scope=Scope.DECISION_READ,
            answer=page_schema(),
            errors=(*COMMON_ERRORS, "bad-request", "invalid-query", "jobs-unavailable"),
            parameters=page_parameters(MAX_PAGE, 50, "^[0-9A-Z]{1,26}$"),
            answer_examples={"page": {"jobs": [*job_examples().values()], "next": None}},
        ),
        (_ONE, "get"): Operation(
            summary="A job: its state, and how far it is.",
            scope=Scope.DECISION_READ,
            answer=job_schema(),
            errors=reading,
            parameters=(_ID,),
            answer_examples=job_examples(),
        ),
        (_ONE, "delete"): Operation(
            summary="Cancel a job; its results so far are kept, and one that ended stays as it is.",
            scope=Scope.SCORE_WRITE,
            answer=job_schema(),
            errors=reading,
            parameters=(_ID,),
            answer_examples={"cancelled": job_examples()["cancelled"]},
        ),
        (f"{_ONE}/results", "get"): Operation(
            summary="Results that are there, one JSON object a line in the order of the entries; "
            "Parquet where Accept wants it. Link says where to go on.",
            scope=Scope.DECISION_READ,
            answer=result_schema(),
            answer_type=NDJSON,
            errors=(*reading, "bad-request", "invalid-query", "unsupported-media-type"),
            parameters=(_ID, *page_parameters(MAX_RESULTS, RESULTS_A_PAGE, "^[0-9]{1,9}$")),
            answer_examples=result_examples(),
        ),
    }


_SUBMITTING = (
    "bad-request",
    "body-too-large",
    "unsupported-media-type",
    "invalid-job",
    "idempotency-mismatch",
    "quota-exceeded",
    "jobs-unavailable",
)
_EXPLAIN = parameter(
    "explain",
    "query",
    "How much of the why is wanted, as for POST /v1/score.",
    {"type": "string", "enum": [str(each) for each in Explain], "default": "codes"},
)
_KEY = parameter(
    "Idempotency-Key",
    "header",
    "The same key and body gives the job that was made first.",
    IDEMPOTENCY_KEY,
)


def page_parameters(max_limit: int, usual: int, form: str) -> tuple[Schema, ...]:
    """Return `limit` and `next`, which has the `form`."""
    limit = {"type": "integer", "minimum": 1, "maximum": max_limit, "default": usual}
    return (
        parameter("limit", "query", "How many at most.", limit),
        parameter(
            "next", "query", "Where the page before ended.", {"type": "string", "pattern": form}
        ),
    )


def job_schema() -> Schema:
    """Return a job as it is shown."""
    moment = {"type": "string", "format": "date-time"}
    count = {"type": "integer", "minimum": 0}
    return _object(
        "Job",
        {
            "job_id": text("Id of the job."),
            "state": {"type": "string", "enum": [str(each) for each in JobState]},
            "form": {"type": "string", "enum": [str(each) for each in JobForm]},
            "explain": {"type": "string", "enum": [str(each) for each in Explain]},
            "entries": {**count, "description": "How many entries it has."},
            "done": {**count, "description": "How many of them have their result."},
            "scored": {**count, "description": "Entries with an answer."},
            "refused": {**count, "description": "Entries with a problem instead."},
            "created_at": moment,
            "started_at": nullable(moment),
            "finished_at": nullable(moment),
            "expires_at": nullable(
                {**moment, "description": "When job and results are forgotten."}
            ),
            "submitted_by": text("Id of the key."),
            "problem": nullable(text("Why a failed job failed.")),
        },
    )


def page_schema() -> Schema:
    """Return what GET /v1/jobs answers."""
    more = nullable(text("Ask for the next page with it; null: this was the last."))
    return _object("JobPage", {"jobs": {"type": "array", "items": job_schema()}, "next": more})


def result_schema() -> Schema:
    """Return one line of a job's results: an answer, or the problem there is instead."""
    index: Schema = {"type": "integer", "minimum": 0, "description": "Place of the entry, from 0."}
    scored: dict[str, Schema] = {
        "index": index,
        "status": {"const": "scored"},
        "answer": schema.answer_schema(),
    }
    refused: dict[str, Schema] = {
        "index": index,
        "status": {"const": "refused"},
        "problem": schema.problem_schema(),
    }
    return {
        "title": "JobResult",
        "oneOf": [_object("JobScored", scored), _object("JobRefused", refused)],
    }


def job_examples() -> Schema:
    """Return made-up jobs."""
    queued: Schema = {
        "job_id": "01KAT0Q6ZQ8Y3B4N5M6P7R8J01",
        "state": "queued",
        "form": "ndjson",
        "explain": "codes",
        "entries": 1200,
        "done": 0,
        "scored": 0,
        "refused": 0,
        "created_at": "2026-11-24T02:31:07.412Z",
        "started_at": None,
        "finished_at": None,
        "expires_at": None,
        "submitted_by": "01KAT0Q6ZQ0000000000000K01",
        "problem": None,
    }
    running = {
        **queued,
        "state": "running",
        "done": 350,
        "scored": 349,
        "refused": 1,
        "started_at": "2026-11-24T02:31:07.530Z",
    }
    ended = {"finished_at": "2026-11-24T02:31:52.101Z", "expires_at": "2026-12-01T02:31:52.101Z"}
    return {
        "queued": queued,
        "running": running,
        "succeeded": {
            **running,
            **ended,
            "state": "succeeded",
            "done": 1200,
            "scored": 1199,
        },
        "cancelled": {**running, **ended, "state": "cancelled"},
    }


def result_examples() -> Schema:
    """Return made-up results, a line each."""
    answers = examples.answers()
    results: Schema = {
        name: {"index": place, "status": "scored", "answer": answer}
        for place, (name, answer) in enumerate(answers.items())
    }
    problem = {
        "type": "/errors/malformed-json",
        "title": "Malformed JSON",
        "status": 400,
        "detail": "The body is not JSON as RFC 8259 has it at line 1 column 4.",
    }
    return {**results, "refused": {"index": 3, "status": "refused", "problem": problem}}


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }


def text(meaning: str) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", "description": meaning}


def nullable(each: Schema) -> Schema:
    """Return a schema that null satisfies too."""
    return {"anyOf": [each, {"type": "null"}]}
