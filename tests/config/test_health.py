"""Health addresses."""

import json

import pytest
from django.test import Client

from jieyue.config.home import Home


@pytest.mark.postgres
def test_ready_when_database_and_disk_are_there(home: Home, client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert json.loads(answer.content)["checks"]["database"] == "ok"
