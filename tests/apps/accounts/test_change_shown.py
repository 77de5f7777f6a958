"""Are we saving, or did institutions not report? The small city's answer by command, interface, library and page.

All amounts are of water in m³, added up from small_city.py: eight institutions reported both years whole
(75,800 → 76,538); NE-01 came (1,257); CL-01 and MG-01 ended within 2025 (321 − 600 and 366 − 1,500); SI-01 and
GA-01 did not report 2025 (−1,200 and −1,100); HO-02 had not reported 2024 (16,000). 80,200 + 14,282 = 94,482.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from jieyue.apps.identity.models import User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.grant import grant
from jieyue.apps.identity.services.make_operator import make_operator
from jieyue.apps.trees.queries import tree
from jieyue.config.home import Home
from tests.api.conftest import Caller, token_for
from tests.apps.accounts import small_city as sc
from tests.cli.command import DONE, REFUSED, USAGE, jieyue
from tests.web.html_text import page_of

WATER = "water_total_m3"
OLD, NEW = "area:500105", f"area:{sc.NEW_DISTRICT}"
#: Part → m³ and institutions of the whole city.
PARTS = {
    "like_for_like": (738, 8),
    "entries": (1_257, 1),
    "exits": (-279 - 1_134, 2),
    "missing": (-2_300, 2),
    "appeared": (16_000, 1),
    "moved_in": (0, 0),
    "moved_out": (0, 0),
}
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Office:
    """The city with its operator, and the bureau of district 500104 that sees its own line only."""

    home: Home
    operator: User
    bureau: User

    def said(self, *words: object, **more: object):
        return jieyue(self.home.path, "figures", *words, **more)

    def page(self, user: User, path: str, language: str = "zh-hans", **headers: str):
        user.language = language
        user.save(update_fields=["language"])
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client.get(path, headers=headers)


@pytest.fixture(scope="module")
def office(small_city_home: Path, sqlite_home) -> Iterator[Office]:
    with sqlite_home(small_city_home) as home:
        line = tree("line")
        operator = make_operator("operator", root=line.root.id)
        bureau = create_user("bureau", actor="tests")
        node = line.by_code["L-500104"].id
        grant(bureau, "publisher", node=node, valid_from=date(2020, 1, 1), actor="tests")
        yield Office(home, operator, bureau)


def parts(document: dict) -> dict[str, tuple[Decimal, int]]:
    return {row["code"]: (Decimal(row["value"]), row["institutions"]) for row in document["effects"]}


def check_city(document: dict) -> None:
    """What every way out says of the city's water, 2025 against 2024."""
    assert (document["scope"], document["period"], document["against"], document["unit"]) == (
        "city", "2025", "2024", "m3",
    )  # fmt: skip
    assert (document["then"]["value"], document["now"]["value"]) == ("80200", "94482")
    assert document["reported"]["value"] == "14282"
    assert document["reported"]["percent"] == "17.8"  # 14,282 ÷ 80,200 = 17.808 %
    same = document["like_for_like"]
    assert (same["then"], same["now"], same["value"], same["institutions"]) == ("75800", "76538", "738", 8)
    assert same["percent"] == "1.0"  # 738 ÷ 75,800 = 0.974 %
    assert parts(document) == PARTS
    assert document["status"] == "provisional"
    assert document["not_reported"] == 2
    assert "按报送数同比上升 17.8%，可比口径上升 1.0%（同样的 8 家机构）。" in document["answer_zh"]
    assert "2 家应报未报" in document["answer_zh"]
    assert "2 institutions have no approved return of 2025" in document["answer_en"]


def test_the_command(office: Office) -> None:
    said = office.said("change", "--period", "2025", "--indicator", WATER)
    assert said.code == DONE
    (document,) = said.document
    check_city(document)
    receipts = {document[side]["receipt"] for side in ("then", "now")}
    for receipt in receipts:
        assert jieyue(office.home.path, "receipt", "replay", receipt).code == DONE


def test_the_command_for_people(office: Office) -> None:
    zh = office.said("change", "--period", "2025", "--indicator", WATER, as_json=False)
    rows = {cells[0].strip(): [c.strip() for c in cells[1:4]] for line in zh.stdout.splitlines()
            if len(cells := line.strip("│").split("│")) > 4}  # fmt: skip
    assert rows["按报送数的变化"] == ["+14282", "+17.8", ""]
    assert rows["可比（同样的机构）"] == ["+738", "+1.0", "8"]
    assert rows["未报"] == ["-2300", "", "2"]
    assert "2025 有 2 家应报未报或未审核，少掉的数不是节约" in zh.stderr.replace("\n", "")
    en = office.said("change", "--period", "2025", "--indicator", WATER, as_json=False, lang="en")
    assert (
        "As reported up 17.8% on the year before; like for like up 1.0%, over the same 8 institutions."
        in en.stderr
    )


def test_the_completeness_weighted_by_the_year_before(office: Office) -> None:
    """SI-01 owes one year and has nothing; GA-01 lacks one month of twelve. Everybody else is whole.

    Of the 80,200 m³ of 2024: 1,200 × 0 and 1,100 × 11/12.
    """
    (document,) = office.said("change", "--period", "2025", "--indicator", WATER).document
    found = Decimal(document["now"]["completeness_weighted"])
    expected = (Decimal(80_200) - 1_200 - Decimal(1_100) / 12) / 80_200
    assert round(found, 20) == round(expected, 20)


def test_who_moved_between_districts_is_neither_saving_nor_growth(office: Office) -> None:
    """JB-01 (950) and JB-02 (7,100) left 500105, where they had 1,000 and 7,000, on 6 November 2025."""
    (old,) = office.said("change", "--period", "2025", "--scope", OLD, "--indicator", WATER).document
    assert parts(old)["moved_out"] == (-8_000, 2)
    assert parts(old)["like_for_like"] == (0, 0)
    assert (old["then"]["value"], old["now"]["value"], old["reported"]["reason"]) == (
        "8000",
        None,
        "no_current",
    )
    (new,) = office.said("change", "--period", "2025", "--scope", NEW, "--indicator", WATER).document
    assert parts(new)["moved_in"] == (8_050, 2)
    assert new["reported"]["reason"] == "no_base"
    words = ("change", "--period", "2025", "--scope", NEW, "--indicator", WATER, "--boundaries", "now")
    (today,) = office.said(*words).document
    assert (today["reported"]["value"], parts(today)["like_for_like"]) == ("50", (50, 2))


def test_an_intensity_and_what_is_left(office: Office) -> None:
    """75,800 ÷ 6,500 and 76,538 ÷ 6,750 m³ a person over the same eight; what is left is who is in it."""
    (found,) = office.said("change", "--period", "2025", "--indicator", "water_per_person_m3").document
    same = Decimal(76_538) / 6_750 - Decimal(75_800) / 6_500
    own, rest = (Decimal(row["value"]) for row in found["effects"][:2])
    assert round(own, 20) == round(same, 20)
    assert round(own + rest, 20) == round(Decimal(found["reported"]["value"]), 20)
    assert [row["institutions"] for row in found["effects"]][2:] == [1, 2, 2, 1, 0, 0]


def test_the_lists_and_the_files(office: Office, tmp_path: Path) -> None:
    words = ("change", "--period", "2025", "--indicator", WATER)
    (found,) = office.said(*words, "--list", "not_reported").document
    assert [(row["code"], row["then"], row["now"]) for row in found["institutions"]] == [
        ("SI-01", "1200", None), ("GA-01", "1100", None),
    ]  # fmt: skip
    file = tmp_path / "change.csv"
    assert office.said(*words, "-o", file).code == DONE
    lines = file.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("样例数据")
    rows = {row["row"]: row for row in csv.DictReader(lines[1:])}
    assert {code: int(rows[code]["value"]) for code in PARTS} == {code: m3 for code, (m3, _) in PARTS.items()}
    assert office.said(*words, "--list", "missing", "-o", file).code == DONE
    assert [row["code"] for row in csv.DictReader(file.read_text("utf-8-sig").splitlines()[1:])] == [
        "SI-01",
        "GA-01",
    ]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--period", "2025", "--against", "2024-03"), "periods_do_not_compare", ("2024-03", "2025 对 2024")),
        (("--period", "2025", "--against", "2025"), "periods_do_not_compare", ("2025 against 2024",)),
        (("--period", "2025", "--indicator", "persons"), "no_change_of", ("persons", "总量或强度")),
        (("--period", "2025", "--scope", "area:nowhere"), "unknown_scope", ("area:nowhere",)),
        (("--period", "2025", "--list", "all"), "unknown_group", ("not_reported",)),
    ],
)
def test_what_cannot_be_compared_says_why_and_how(
    office: Office, words: tuple, code: str, told: tuple
) -> None:
    said = office.said("change", *words)
    assert (said.code, said.document["error"]["code"]) == (REFUSED, code)
    text = said.document["error"]["message_zh"] + said.document["error"]["message_en"]
    assert [word in text for word in told] == [True] * len(told)


def test_the_figures_themselves_are_where_they_were(office: Office) -> None:
    (row,) = office.said("--period", "2025", "--indicator", WATER).document
    assert row["value"] == "94482"
    said = office.said("--indicator", WATER)
    assert said.code == USAGE
    assert "--period 2025" in said.stderr


def test_a_period_restated_on_the_boundaries_of_now(office: Office) -> None:
    """The new district had nobody on 31 December 2024; on today's map JB-01 and JB-02 are in it: no old figure there,
    and the other way round for the city, where nothing moves."""
    (city,) = office.said("restate", "--period", "2024", "--indicator", WATER).document
    assert {row["code"]: row["value"] for row in city["rows"]} == {
        "old": "80200", "data": "0", "factor": "0", "boundary": "0", "method": "0", "new": "80200",
    }  # fmt: skip
    # HO-01 and OR-02 make 500104; the two of 500105 are its only ones, so that it is empty on the map of now.
    refused = office.said("restate", "--period", "2024", "--scope", OLD, "--indicator", WATER)
    assert (refused.code, refused.document["error"]["code"]) == (REFUSED, "nothing_to_restate")
    assert "2024" in refused.document["error"]["message_en"]
    (kinds,) = office.said("restate", "--period", "2024", "--scope", "type:01", "--indicator", "co2_total_t",
                           "--factor-set", "jst-303-2026", "--electricity-factor", "2023").document  # fmt: skip
    values = {row["code"]: Decimal(row["value"]) for row in kinds["rows"]}
    assert values["new"] == sum(values[code] for code in ("old", "data", "factor", "boundary", "method"))
    # Electricity alone: OR-01, OR-02, JB-01, CL-01, SI-01, GA-01.
    kwh = 52_000 + 77_000 + 23_000 + 14_000 + 33_000 + 26_000
    assert values["new"] == Decimal("0.5581") * kwh / 1000
    receipt = kinds["rows"][0]["receipt"]
    again = office.said("restate", "--from", receipt, "--factor-set", "jst-303-2026",
                        "--electricity-factor", "2023").document[0]  # fmt: skip
    assert again["rows"] == kinds["rows"]
    assert office.said("restate").document["error"]["code"] == "period_or_receipt"


def test_the_interface(office: Office) -> None:
    root = token_for(office.operator, "view")
    answer = root.get(f"figures/change?scope=city&period=2025&indicator={WATER}&list=not_reported")
    assert answer.status_code == 200
    (document,) = answer.json()
    check_city(document)
    assert [row["code"] for row in document["institutions"]] == ["SI-01", "GA-01"]
    from jieyue.api.schemas import ChangeOut, RestatementOut

    assert set(document) == set(ChangeOut.model_fields)
    ChangeOut.model_validate(document)
    assert (
        root.get("figures/change?scope=city&period=2025", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code
        == 200
    )
    restated = root.get(f"figures/restatement?scope=city&period=2024&indicator={WATER}").json()[0]
    assert set(restated) == set(RestatementOut.model_fields)
    assert [row["value"] for row in restated["rows"]] == ["80200", "0", "0", "0", "0", "80200"]
    wrong = root.get("figures/change?scope=city&period=2025&against=2024-03")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "periods_do_not_compare")


def test_the_interface_shows_a_bureau_its_own_only(office: Office) -> None:
    """L-500104: OR-02, HO-02, NE-01, SI-01, of which SI-01 did not report; HO-01 stands there but reports elsewhere."""
    bureau = token_for(office.bureau, "view")
    own = f"figures/change?scope=line:L-500104&period=2025&indicator={WATER}&list=not_reported"
    (document,) = bureau.get(own).json()
    assert [row["code"] for row in document["institutions"]] == ["SI-01"]
    assert parts(document)["like_for_like"] == (100, 1)  # OR-02
    assert parts(document)["appeared"] == (16_000, 1)
    for scope in ("city", "area:500104", "line:L-500103", "HO-01"):
        assert bureau.get(f"figures/change?scope={scope}&period=2025").status_code == 404, scope


def test_the_library(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from jieyue.client import Client as Library

    root = token_for(office.operator, "view")
    library = Library("http://127.0.0.1:1", root.secret)
    monkeypatch.setattr(library, "_connection", _Direct(root))
    frame = library.change("city", period="2025", indicators=[WATER])
    rows = {row["part"]: row for row in frame.iter_rows(named=True)}
    assert {code: (int(rows[code]["exact"]), rows[code]["institutions"]) for code in PARTS} == PARTS
    assert rows["reported"]["value"] == 14_282.0 == sum(rows[code]["value"] for code in PARTS)
    late = library.not_reported("city", period="2025", indicator=WATER)
    assert late["code"].to_list() == ["SI-01", "GA-01"]


class _Direct:
    """The library's connection without a server between."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    def get(self, path: str, values: dict) -> object:
        from urllib.parse import urlencode

        said = {name: value for name, value in values.items() if value not in (None, [])}
        answer = self.caller.get(f"{path}?{urlencode(said, doseq=True)}")
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh-hans",
            ("变化", "未报", "补报", "新增机构", "有 2 家应报未报或未审核，少掉的数不是节约", "样例数据"),
        ),
        (
            "en",
            (
                "Like for like",
                "Missing (reported before, not now)",
                "what is missing is not saved",
                "Sample data",
            ),
        ),
    ],
)
def test_the_page(office: Office, language: str, words: tuple[str, ...]) -> None:
    path = f"/change/?scope=city&period=2025&indicator={WATER}"
    answer = office.page(office.operator, path, language)
    text = page_of(answer).text
    assert [word for word in (*words, "+17.8%", "+1.0%", "-2,300") if word not in text] == []
    for amount, count in (("+738", 8), ("+1,257", 1), ("-1,413", 2), ("+16,000", 1), ("+14,282", None)):
        assert amount in text
        assert count is None or str(count) in text
    assert "机构SI-01" in text  # the list of those that did not report opens first
    assert "机构GA-01" in text
    assert "机构OR-02" not in text
    assert "机构NE-01" in page_of(office.page(office.operator, f"{path}&list=entries", language)).text
    files = office.page(office.operator, f"{path}&list=not_reported&export=csv", language)
    assert re.findall(r"[A-Z]{2}-01", files.content.decode("utf-8-sig")) == [
        "SI-01",
        "SI-01",
        "GA-01",
        "GA-01",
    ]


def test_the_panel_on_the_table(office: Office) -> None:
    """The table asks for the panel by itself; without script a link leads to the page."""
    table = office.page(office.operator, "/data/line/?period=2025").content.decode()
    asked = re.search(r'hx-get="([^"]+)" hx-trigger="load"', table)
    assert asked is not None
    address = asked.group(1).replace("&amp;", "&")
    assert f'href="{asked.group(1)}"' in table
    panel = office.page(office.operator, address, HX_Request="true").content.decode()
    assert "<html" not in panel
    assert (
        'href="/change/?scope=city&amp;period=2025&amp;indicator=energy_total_tce&amp;list=not_reported#list"'
        in panel
    )


def test_the_page_of_a_bureau(office: Office) -> None:
    own = page_of(office.page(office.bureau, f"/change/?period=2025&indicator={WATER}")).text
    assert "机构SI-01" in own
    assert "机构GA-01" not in own
    for scope in ("city", "area:500104", "line:L-500103"):
        assert office.page(office.bureau, f"/change/?scope={scope}&period=2025").status_code == 404


@pytest.mark.parametrize(
    "query", ["&indicator=persons", "&indicator=beauty", "&list=all", "&page=9", "&sort=name"]
)
def test_a_wrong_address_is_not_there(office: Office, query: str) -> None:
    assert office.page(office.operator, f"/change/?scope=city&period=2025{query}").status_code == 404


def test_periods_that_do_not_compare_are_told_on_the_page(office: Office) -> None:
    answer = office.page(office.operator, "/change/?scope=city&period=2025&against=2024-03")
    assert answer.status_code == 422
    assert "不能相比" in page_of(answer).text
    assert office.page(office.operator, "/change/?period=2025&against=never").status_code == 422
