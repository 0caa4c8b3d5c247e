"""The application is FastAPI, and its document is the served one."""

import json

from fastapi import FastAPI

from tests.apps import spoken


def test_the_applications_own_document_is_what_is_served() -> None:
    with spoken() as service:
        app = service.client.app
        assert isinstance(app, FastAPI)
        assert json.loads(service.get("/openapi.json", key=None).content) == app.openapi()
