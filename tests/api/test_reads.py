"""What a program reads: figures as worked out by hand, pages by cursor, answers that may be kept."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client as Browser
from django.test import RequestFactory
from ninja import Schema

from jieyue.api import schemas
from jieyue.api.problems import of_status
from jieyue.config.home import Home
from tests.api.conftest import USES, Caller, token_for
from tests.cli.command import jieyue

GOLDEN = Path(__file__).parent / "golden/openapi.json"


def by_indicator(rows: list[dict]) -> dict[str, dict]:
    return {row["indicator"]: row for row in rows}


@pytest.mark.postgres
def test_figures_are_what_the_returns_say(root: Caller) -> None:
    answer = root.get("figures?scope=city&scope=area:500103&scope=A2&period=2024&indicator=energy_total_tce")
    assert answer.status_code == 200
    found = {row["scope"]: row for row in answer.json()}
    kwh = {code: use[0] for code, use in USES.items()}
    expected = {
        "city": sum(kwh.values()),
        "area:500103": kwh["A1"] + kwh["A2"] + kwh["H1"],
        "institution:A2": kwh["A2"],
    }
    assert {scope: Decimal(row["value"]) for scope, row in found.items()} == {
        scope: Decimal(total) * Decimal("0.1229") / 1000 for scope, total in expected.items()
    }
    assert {row["unit"] for row in found.values()} == {"tce"}
    assert {row["status"] for row in found.values()} == {"final"}


def test_an_intensity_is_exact_text_and_rounded_text(root: Caller) -> None:
    rows = root.get("figures?scope=A1&period=2024&indicator=electricity_per_area_kwh_m2").json()
    assert (rows[0]["value"], rows[0]["display"]) == ("40", "40.00")


@pytest.mark.parametrize("word", ["electricity_factor", "factor_set"])
def test_a_rule_that_is_not_there_is_named(root: Caller, word: str) -> None:
    answer = root.get(f"figures?scope=city&period=2024&{word}=mystery")
    assert answer.status_code == 422
    assert "mystery" in answer.json()["message_zh"]
    assert "mystery" in answer.json()["message_en"]


def test_a_receipt_shows_and_replays(root: Caller) -> None:
    figure = root.get("figures?scope=city&period=2024&indicator=co2_total_t").json()[0]
    shown = root.get(f"receipts/{figure['receipt']}").json()
    assert shown["indicator_zh"] == "碳排放总量"
    assert any(factor["carrier"] == "electricity" for factor in shown["factors"])
    again = root.post_json("replays", {"receipt": figure["receipt"]})
    assert again.json()["equal"] is True
    assert again.json()["compared"] > 100


def test_institutions_and_returns_come_page_by_page(root: Caller) -> None:
    codes, cursor = [], ""
    while cursor is not None:
        page = root.get(f"institutions?size=3&cursor={cursor}").json()
        codes += [row["code"] for row in page["items"]]
        cursor = page["next"]
    assert codes == ["A1", "A2", "B1", "H1"]
    hospital = root.get("institutions/H1").json()
    assert hospital["name"] == "示例市属医院㐂𠮷"
    assert (hospital["region"], hospital["reporting_parent"], hospital["type"]) == (
        "500103",
        "L-M-HEALTH",
        "024",
    )
    first = root.get("returns?form=NY201&period=2024&size=3").json()
    rest = root.get(f"returns?form=NY201&period=2024&size=3&cursor={first['next']}").json()
    rows = first["items"] + rest["items"]
    assert rest["next"] is None
    assert {row["institution"]: row["cells"]["110"][0] for row in rows} == {
        c: str(u[0]) for c, u in USES.items()
    }
    assert rows[0]["cells"]["130"] == [None, "t", 9]


def test_an_answer_is_kept_until_something_is_published(root: Caller) -> None:
    path = "figures?scope=city&period=2024&indicator=water_total_m3"
    first = root.get(path)
    kept = root.get(path, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (kept.status_code, kept.content) == (304, b"")
    body = {"file": as_file("institution,period,item,value,unit\nA1,2023,NY201:120,5,m3\n")}
    assert root.post("imports/returns", body | {"publish": "true"}).status_code == 200
    assert root.get(path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_the_rules_and_plans(root: Caller) -> None:
    assert "carriers" in root.get("catalog").json()
    coal = {row["code"]: row for row in root.get("catalog/carriers").json()}
    assert coal["raw_coal"]["unit"] == "kg"
    for table in ("carriers", "grid_factors", "forms"):
        assert root.get(f"catalog/{table}").json() == jieyue(None, "catalog", "list", table).document
    plans = {row["id"]: row for row in root.get("plans").json()}
    assert plans["chongqing-14fyp"]["default"] is True
    status = by_indicator(root.get("plans/chongqing-14fyp/status?year=2024").json())
    # 1,129,... tce of four institutions is far below the path: an expected total within its limit.
    assert (status["energy_total_tce"]["binding"], status["energy_total_tce"]["status"]) == (False, "on_path")
    checks = root.get("plans/chongqing-14fyp/check").json()
    diesel = next(one for one in checks if one["check"] == "S06")
    assert (diesel["declared"], diesel["unit"]) == ("0.6", "%")
    assert round(Decimal(diesel["recomputed"]), 2) == Decimal("0.97")


def test_the_description_is_the_golden_one() -> None:
    from jieyue.api.urls import API

    now = json.loads(json.dumps(API.get_openapi_schema(path_prefix="/api/v1/"), default=str))
    assert now["openapi"].startswith("3.1")
    now["info"]["version"] = "*"
    assert now == json.loads(GOLDEN.read_text("utf-8")), (
        "regenerate tests/api/golden/openapi.json and read the diff"
    )


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("figures?scope=city&period=20x5", 422, "period_form"),
        ("figures?scope=city", 422, "parameters"),
        ("figures?scope=city&period=2024&indicator=beauty", 422, "unknown_indicator"),
        ("figures?scope=city&period=2024&factor_set=none", 422, None),
        ("figures?scope=area:nowhere&period=2024", 422, "unknown_scope"),
        ("institutions?size=0", 422, "size"),
        ("institutions/NOBODY", 404, "not_found"),
        ("catalog/secrets", 404, "not_found"),
        ("plans/..%2F..%2Fetc/status?year=2024", 404, "not_found"),
        ("receipts/0123456789abcdef/city/co2_total_t", 404, "not_found"),
        ("nothing/here", 404, "not_found"),
        ("returns?form=NY999&period=2024", 422, "unknown_form"),
    ],
)
def test_errors_are_problem_documents_in_both_languages(
    root: Caller, path: str, status: int, code: str | None
) -> None:
    answer = root.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert code is None or body["code"] == code
    assert body["message_zh"]
    assert body["message_en"]


def asked(root: Caller, method: str, path: str, body: bytes = b"", media: str = "application/json"):
    return Browser(enforce_csrf_checks=True, raise_request_exception=False).generic(
        method, path, body, content_type=media, HTTP_AUTHORIZATION=f"Bearer {root.secret}"
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/v1/plans", b"{}", 405, "method"),
        ("DELETE", "/api/v1/figures", b"", 405, "method"),
        ("OPTIONS", "/api/v1/plans", b"", 405, "method"),
        ("POST", "/api/v1/replays", b"{no json", 400, "bad_request"),
        ("POST", "/api/v1/replays", b"\xff\xfe", 400, "bad_request"),
        ("POST", "/api/v1/replays", b'{"receipt": "\\u0000"}', 400, "bad_request"),
        ("POST", "/api/v1/replays", b'"' + b"x" * (20 * 2**20 + 1) + b'"', 413, "too_large"),
        ("GET", "/api/", b"", 404, "not_found"),
        ("GET", "/api/v2", b"", 404, "not_found"),
        ("PUT", "/api/v1/nothing", b"", 404, "not_found"),
    ],
)
def test_what_the_router_and_the_framework_refuse_is_a_problem_document_too(
    root: Caller, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    answer = asked(root, method, path, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    said = answer.json()
    assert (said["status"], said["code"]) == (status, code)
    assert re.search("[\u4e00-\u9fff]", said["message_zh"])
    assert said["message_en"].isascii()


@pytest.mark.parametrize("path", ["readings", "replays"])
def test_a_body_over_the_limit_is_told_what_to_do(root: Caller, path: str) -> None:
    said = asked(root, "POST", f"/api/v1/{path}", b'{"readings": "' + b"x" * (20 * 2**20) + b'"}').json()
    assert said["message_zh"] == "请求太大；请分成几次"
    assert said["message_en"] == "the request is too large; send it in parts"


def test_a_status_without_words_of_its_own_is_not_called_misread() -> None:
    said = json.loads(of_status(RequestFactory().get("/api/v1/plans"), 411).content)
    assert (said["status"], said["code"]) == (411, "refused")
    assert "411" in said["message_zh"]
    assert "没有读懂" not in said["message_zh"]


def test_an_altered_file_of_the_lake_is_called_one_without_its_place(
    root: Caller, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """One bit of each file of returns is turned."""
    files = [file for file in (home.path / "lake").rglob("*.parquet") if "facts_NY201" in str(file)]
    assert files
    for file in files:
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    answer = asked(root, "GET", "/api/v1/figures?scope=city&period=2024&indicator=energy_total_tce")
    said = answer.json()
    assert (answer.status_code, said["code"]) == (500, "lake_corrupt")
    assert "与写入时不同" in said["message_zh"]
    assert "is not what was written" in said["message_en"]
    for words in (said["message_zh"], said["message_en"]):
        assert "jieyue doctor --deep" in words
    text = answer.content.decode()
    assert not any(file.name in text for file in files)
    assert str(home.path) not in text
    assert "LakeCorrupt" in caplog.text


def test_a_method_that_is_not_taken_names_those_that_are(root: Caller) -> None:
    answer = asked(root, "POST", "/api/v1/plans")
    assert (answer["Allow"], answer.json()["allowed"]) == ("GET", ["GET"])
    assert answer.json()["message_zh"] == "这个地址不接受 POST，只接受 GET"
    assert answer.json()["message_en"] == "this address does not take POST, only GET"


def test_callers_without_a_token_in_force_get_nothing(office, operator) -> None:
    from jieyue.apps.identity.models import ApiToken
    from jieyue.apps.identity.services.revoke_token import revoke_token

    for secret in ("", "jy_wrong", "x"):
        answer = Caller(secret, 0).get("plans")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="jieyue"')
    caller = token_for(operator)
    assert caller.get("plans").status_code == 200
    revoke_token(caller.number, actor="tests")
    assert caller.get("plans").status_code == 401
    late = token_for(operator)
    row = ApiToken.objects.get(pk=late.number)
    row.expires_at = row.created_at
    row.save()
    assert late.get("plans").status_code == 401
    assert not ApiToken.objects.filter(digest__contains=caller.secret).exists()


def test_a_locked_user_is_locked_here_too(office, operator) -> None:
    caller = token_for(operator)
    operator.is_active = False
    operator.save()
    assert caller.get("plans").status_code == 401


def as_file(text: str, name: str = "file.csv"):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, text.encode())


def test_an_answer_without_a_day_is_asked_for_again_tomorrow(root: Caller, monkeypatch) -> None:
    from django.conf import settings

    first = root.get("institutions")
    assert root.get("institutions", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    tomorrow = settings.JIEYUE_HOME.today() + timedelta(days=1)
    monkeypatch.setattr(type(settings.JIEYUE_HOME), "today", lambda _: tomorrow)
    assert root.get("institutions", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_answers_have_the_fields_that_the_description_names(root: Caller) -> None:
    """The handlers answer with documents of their own, so nothing else holds the two together."""

    def holds(document: dict, schema: type[Schema]) -> None:
        schema.model_validate(document)
        assert set(document) <= set(schema.model_fields), set(document) - set(schema.model_fields)
        assert {n for n, f in schema.model_fields.items() if f.is_required()} <= set(document)

    for path, schema in (
        ("figures?scope=city&period=2024", schemas.FigureOut),
        ("scopes?period=2024", schemas.ScopeOut),
        ("plans", schemas.PlanOut),
    ):
        rows = root.get(path).json()
        assert rows
        for row in rows:
            holds(row, schema)
    pages = {"institutions": schemas.InstitutionOut, "returns?form=NY201&period=2024": schemas.ReturnOut}
    for path, schema in pages.items():
        for row in root.get(path).json()["items"]:
            holds(row, schema)
    holds(root.get("institutions/A1").json(), schemas.InstitutionDetail)
    text = "institution,period,item,value,unit\n示例甲中,2023,NY201:110,x,kWh\nA1,2023,NY201:110,-1,kWh\n"
    refused = root.post("imports/returns", {"file": as_file(text)}).json()
    holds(refused, schemas.ImportOut)
    for finding in refused["findings"]:
        holds(finding, schemas.FindingOut)
    for question in refused.get("questions", ()):
        holds(question, schemas.QuestionOut)
    assert refused["questions"]
