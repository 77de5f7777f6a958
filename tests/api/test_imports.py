"""Files through the interface: the counts add up, and the same request twice does one thing."""

from django.core.files.uploadedfile import SimpleUploadedFile

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.models import Batch, KeptReply
from jieyue.apps.publication.models import Publication
from tests.api.conftest import REGISTRY, Caller, returns_csv


def body(content: bytes, **values: str) -> dict:
    return {"file": SimpleUploadedFile("r.csv", content), **values}


def test_the_same_key_is_answered_once(root: Caller) -> None:
    content = returns_csv("2023")
    before = Publication.objects.count()
    first = root.post("imports/returns", body(content, publish="true"), HTTP_IDEMPOTENCY_KEY="k1")
    again = root.post("imports/returns", body(content, publish="true"), HTTP_IDEMPOTENCY_KEY="k1")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert first.json()["accepted"] == first.json()["read"] > 0
    assert Publication.objects.count() == before + 1
    done = ActionLog.objects.order_by("pk").last()
    assert done is not None
    assert done.source == "api", "what a program does is not logged as of the command line"
    other = root.post("imports/returns", body(content), HTTP_IDEMPOTENCY_KEY="k1")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


def test_a_request_that_is_being_worked_on_waits(root: Caller) -> None:
    content = returns_csv("2023")
    root.post("imports/returns", body(content, publish="true"), HTTP_IDEMPOTENCY_KEY="k2")
    KeptReply.objects.update(status=None)
    answer = root.post("imports/returns", body(content, publish="true"), HTTP_IDEMPOTENCY_KEY="k2")
    assert (answer.status_code, answer.json()["code"]) == (409, "in_progress")


def test_a_lost_request_may_begin_again(root: Caller) -> None:
    from datetime import timedelta

    content = returns_csv("2023")
    root.post("imports/returns", body(content, publish="true"), HTTP_IDEMPOTENCY_KEY="k3")
    row = KeptReply.objects.get()
    row.status, row.at = None, row.at - timedelta(hours=1)
    row.save()
    answer = root.post("imports/returns", body(content, publish="true"), HTTP_IDEMPOTENCY_KEY="k3")
    result = answer.json()
    assert (answer.status_code, result["accepted"], result["duplicate"]) == (200, 0, result["read"])


def test_a_dry_run_stores_nothing(root: Caller) -> None:
    batches, publications = Batch.objects.count(), Publication.objects.count()
    answer = root.post("imports/returns", body(returns_csv("2023"), dry_run="true"))
    assert answer.status_code == 200
    assert (answer.json()["applied"], answer.json()["batch"]) == (False, None)
    assert (Batch.objects.count(), Publication.objects.count()) == (batches, publications)


def test_a_bad_file_is_refused_with_its_findings(root: Caller) -> None:
    text = b"institution,period,item,value,unit\nA1,2023,NY201:110,12x,kWh\nA1,2023,NY201:120,-5,m3\n"
    answer = root.post("imports/returns", body(text, publish="true"))
    assert answer.status_code == 422
    errors = [one for one in answer.json()["findings"] if one["severity"] == "error"]
    assert {one["row"] for one in errors} == {2, 3}
    good = root.post("imports/returns", body(text, publish="true", profile="none"))
    assert (good.status_code, good.json()["code"]) == (422, "profile")


def test_the_registry_comes_in_too(root: Caller) -> None:
    more = REGISTRY.splitlines()[0] + "\nC1,示例丁机关,01,500104,,L-500104,500,20,0,2021-01-01\n"
    answer = root.post("imports/institutions", body(more.encode()))
    assert answer.json()["applied"] is True
    assert root.get("institutions/C1").json()["floor_area_m2"] == "500"
