"""What /v1/webhooks reads and answers, as JSON Schema with made-up examples."""

from typing import Any

from app.api.jobs_schema import nullable, page_parameters, text
from app.api.operation import COMMON_ERRORS, Operation, parameter, path_parameter
from app.api.webhooks import WEBHOOKS_PATH
from app.core.access import Scope
from app.core.webhooks import MAX_URL, DeliveryState
from app.services.webhooks import MAX_DELIVERIES

Schema = dict[str, Any]
_ONE = f"{WEBHOOKS_PATH}/{{webhook_id}}"
_ID = path_parameter("webhook_id", "Id of the webhook.")
_DELIVERY_ID = path_parameter("delivery_id", "Id of the delivery, the `webhook-id` that was sent.")
_ERRORS = (*COMMON_ERRORS, "not-found", "jobs-unavailable")


def webhook_operations() -> dict[tuple[str, str], Operation]:
    """Return the operations of webhooks by path and method."""
    made, webhook, delivered = _made(), _webhook(), _delivery()
    return {
        (WEBHOOKS_PATH, "post"): Operation(
            summary="Name an endpoint that is told when a job ends; its secret is shown this once.",
            scope=Scope.SCORE_WRITE,
            body=_object("NewWebhook", {"url": _URL}, is_closed=True),
            answer=_object("MadeWebhook", made),
            answer_status=201,
            errors=(*COMMON_ERRORS, *_ADDING),
            request_examples={"endpoint": {"url": _EXAMPLE["url"]}},
            answer_examples={"made": {**_EXAMPLE, "secret": _SECRET}},
        ),
        (WEBHOOKS_PATH, "get"): Operation(
            summary="The tenant's endpoints.",
            scope=Scope.DECISION_READ,
            answer=_object("Webhooks", {"webhooks": _array(_object("Webhook", webhook))}),
            errors=(*COMMON_ERRORS, "jobs-unavailable"),
            answer_examples={"one": {"webhooks": [_EXAMPLE]}},
        ),
        (_ONE, "delete"): Operation(
            summary="Remove an endpoint; what waits for it is given up.",
            scope=Scope.SCORE_WRITE,
            answer_status=204,
            errors=_ERRORS,
            parameters=(_ID,),
        ),
        (f"{_ONE}/secret", "post"): Operation(
            summary="A new secret; the one before signs too for a day.",
            scope=Scope.SCORE_WRITE,
            answer=_object("MadeWebhook", made),
            errors=_ERRORS,
            parameters=(_ID,),
            answer_examples={"made": {**_EXAMPLE, "secret": _SECRET}},
        ),
        (f"{_ONE}/deliveries", "get"): Operation(
            summary="What was sent to an endpoint, newest first; dead letters by state=dead.",
            scope=Scope.DECISION_READ,
            answer=_object(
                "DeliveryPage",
                {
                    "deliveries": _array(_object("Delivery", delivered)),
                    "next": nullable(text("Ask for the next page with it; null: the last.")),
                },
            ),
            errors=(*_ERRORS, "bad-request", "invalid-query"),
            parameters=(_ID, _STATE, *page_parameters(MAX_DELIVERIES, 50, "^msg_[0-9A-Z]{1,26}$")),
            answer_examples={"dead": {"deliveries": [_DEAD], "next": None}},
        ),
        (f"{_ONE}/deliveries/{{delivery_id}}/redeliver", "post"): Operation(
            summary="Send a delivery again, with its own id.",
            scope=Scope.SCORE_WRITE,
            answer=_object("Delivery", delivered),
            answer_status=202,
            errors=_ERRORS,
            parameters=(_ID, _DELIVERY_ID),
            answer_examples={"again": {**_DEAD, "state": "pending", "attempts": 0}},
        ),
    }


_ADDING = (
    "bad-request",
    "malformed-json",
    "body-too-large",
    "unsupported-media-type",
    "invalid-webhook",
    "quota-exceeded",
    "jobs-unavailable",
)
_URL: Schema = {"type": "string", "format": "uri", "maxLength": MAX_URL}
_STATES: Schema = {"type": "string", "enum": [str(each) for each in DeliveryState]}
_STATE = parameter("state", "query", "Only those in this state.", _STATES)
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_EXAMPLE: Schema = {
    "webhook_id": "01KAT0Q6ZQ8Y3B4N5M6P7R8W01",
    "url": "https://hooks.example.com/entry-risk",
    "created_at": "2026-11-24T02:31:07.412Z",
    "created_by": "01KAT0Q6ZQ0000000000000K01",
    "disabled_at": None,
}
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105  # made up
_DEAD: Schema = {
    "delivery_id": "msg_01KAT0Q6ZQ8Y3B4N5M6P7R8D01",
    "webhook_id": _EXAMPLE["webhook_id"],
    "event": "job.succeeded",
    "state": "dead",
    "attempts": 10,
    "created_at": "2026-11-24T02:31:52.101Z",
    "due_at": None,
    "last_status": 503,
    "last_error": None,
}


def _webhook() -> dict[str, Schema]:
    return {
        "webhook_id": text("Id of the webhook."),
        "url": _URL,
        "created_at": _MOMENT,
        "created_by": text("Id of the key."),
        "disabled_at": nullable({**_MOMENT, "description": "Since when nothing is sent."}),
    }


def _made() -> dict[str, Schema]:
    return {**_webhook(), "secret": text("whsec_ and base64: what signatures are made with.")}


def _delivery() -> dict[str, Schema]:
    return {
        "delivery_id": text("The `webhook-id` of every attempt."),
        "webhook_id": text("Id of the webhook."),
        "event": text("Type of the event, as job.succeeded."),
        "state": _STATES,
        "attempts": {"type": "integer", "minimum": 0},
        "created_at": _MOMENT,
        "due_at": nullable({**_MOMENT, "description": "When it is tried next."}),
        "last_status": nullable({"type": "integer", "description": "What was answered last."}),
        "last_error": nullable(text("Why there was no answer.")),
    }


def _array(each: Schema) -> Schema:
    return {"type": "array", "items": each}


def _object(title: str, properties: dict[str, Schema], *, is_closed: bool = False) -> Schema:
    schema: Schema = {
        "type": "object",
        "title": title,
        "properties": properties,
        "required": list(properties),
    }
    return {**schema, "additionalProperties": False} if is_closed else schema
