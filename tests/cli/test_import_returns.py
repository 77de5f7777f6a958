"""`import returns`: counts that always add up, all or nothing, duplicates, conflicts, clearing, blanks, totals."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli import desk
from tests.cli.command import DONE, REFUSED, Said, figure, jieyue

Bring = Callable[..., Said]


@pytest.fixture
def bring(home: Path, tmp_path: Path) -> Bring:
    """Import rows (or ready bytes) as returns; extra words go to the command."""
    numbers = iter(range(1000))

    def import_(
        rows: Any, *words: object, name: str = "returns.csv", lang: str = "zh", as_json: bool = True
    ) -> Said:
        folder = tmp_path / f"file-{next(numbers)}"
        folder.mkdir()
        file = folder / name
        file.write_bytes(rows if isinstance(rows, bytes) else desk.table(rows))
        return jieyue(home, "import", "returns", file, *words, lang=lang, as_json=as_json)

    return import_


def kwh(home: Path, who: str, period: str = "2024") -> str | None:
    """Electricity of an institution [kWh]: with floor area 1 m² per kWh/m² known, value × area."""
    row = figure(home, who, period, "electricity_per_area_kwh_m2")
    return row["value"]


GOOD = [
    desk.LONG,
    ["A", "2024", "NY201:110", "80000", "kWh"],
    ["A", "2024", "NY201:102", "8000", "m2"],
    ["B", "2024", "NY201:110", "240000", "kWh"],
    ["B", "2024", "NY201:102", "12000", "m2"],
]
#: Two good rows, one row that repeats the first, one that contradicts nothing but is no number.
MIXED = [*GOOD, ["A", "2024年", "NY201:110", "80,000", "度"], ["D", "2024", "NY201:110", "约五", "kWh"]]


def test_dry_stored_and_again(home: Path, bring: Bring) -> None:
    assert bring(GOOD, "--publish", "--dry-run").counts == (4, 4, 0, 0, False)
    assert kwh(home, "A") is None
    stored = bring(GOOD, "--publish")
    assert (stored.code, stored.counts, stored.findings("note")) == (DONE, (4, 4, 0, 0, True), [])
    # 80,000 kWh ÷ 8,000 m² = 10; 240,000 ÷ 12,000 = 20.
    assert (kwh(home, "A"), kwh(home, "B")) == ("10", "20")
    again = bring(GOOD, "--publish")
    assert (again.code, again.counts) == (DONE, (4, 0, 4, 0, True))
    assert [one["code"] for one in again.findings("note")] == ["duplicate_in_store"] * 4
    receipts = [figure(home, "A", "2024", "electricity_per_area_kwh_m2")["receipt"] for _ in range(2)]
    assert receipts[0] == receipts[1]


def test_all_or_nothing_by_default_and_valid_rows_only_on_request(home: Path, bring: Bring) -> None:
    for words in (("--dry-run",), (), ("--publish",)):
        refused = bring(MIXED, *words)
        assert (refused.code, refused.counts) == (REFUSED, (6, 4, 1, 1, False))
        assert refused.errors() == ["not_a_number"]
    assert kwh(home, "A") is None
    some = bring(MIXED, "--publish", "--valid-rows-only")
    assert (some.code, some.counts) == (REFUSED, (6, 4, 1, 1, True))
    assert (kwh(home, "A"), kwh(home, "D")) == ("10", None)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_same_in_words(bring: Bring, lang: str) -> None:
    said = bring(MIXED, "--dry-run", as_json=False, lang=lang)
    line = {
        "zh": "returns.csv：读 6 = 可用 4 + 重复 1 + 拒绝 1，未存入",
        "en": "returns.csv: read 6 = accepted 4 + duplicate 1 + rejected 1, not stored",
    }[lang]
    assert said.code == REFUSED
    assert line in said.stderr
    assert {"zh": "不是数：约五", "en": "is not a number: 约五"}[lang] in said.stdout
    assert "not_a_number" in said.stdout


def test_a_conflict_needs_a_reason(home: Path, bring: Bring) -> None:
    assert bring(GOOD, "--publish").code == DONE
    change = [
        desk.LONG,
        ["A", "2024", "NY201:110", "160000", "kWh"],
        ["B", "2024", "NY201:110", "240000", "kWh"],
    ]
    refused = bring(change, "--publish")
    assert (refused.code, refused.counts) == (REFUSED, (2, 0, 1, 1, False))
    (finding,) = refused.findings()
    assert (finding["code"], finding["row"], finding["column"], finding["value"]) == (
        "conflict",
        2,
        "value",
        "160000",
    )
    for text in ("80000", "160000", "A", "--restate"):
        assert text in finding["message_zh"]
        assert text in finding["message_en"]
    assert kwh(home, "A") == "10"
    before = figure(home, "A", "2024", "electricity_per_area_kwh_m2")["receipt"]
    restated = bring(change, "--publish", "--restate", "电表倍率抄错")
    assert (restated.code, restated.counts) == (DONE, (2, 1, 1, 0, True))
    assert (kwh(home, "A"), kwh(home, "B")) == ("20", "20")
    # The old figure is still what it was, from the data of its day.
    assert jieyue(home, "receipt", "replay", before).code == DONE
    assert jieyue(home, "receipt", "show", before).document["figure"]["value"] == "10"
    shown = jieyue(home, "receipt", "show", before, as_json=False, lang="en")
    assert "10.00 kWh/m2" in shown.stdout


@pytest.mark.parametrize("token", ["清空", "CLEAR"])
def test_clearing_needs_the_token_and_a_reason(home: Path, bring: Bring, token: str) -> None:
    assert bring(GOOD, "--publish").code == DONE
    clear = [["机构", "110", "102"], ["A", token, ""]]
    words = ("--form", "NY201", "--period", "2024", "--publish")
    refused = bring(clear, *words)
    assert (refused.code, refused.errors(), refused.counts) == (
        REFUSED,
        ["clear_needs_restate"],
        (1, 0, 0, 1, False),
    )
    assert kwh(home, "A") == "10"
    assert bring(clear, *words, "--restate", "误报").counts == (1, 1, 0, 0, True)
    assert (kwh(home, "A"), kwh(home, "B")) == (None, "20")
    # Nothing is left to clear: the same file again changes nothing.
    assert bring(clear, *words, "--restate", "误报").counts == (1, 0, 1, 0, True)


def test_blanks_and_columns_that_are_not_there_leave_cells_alone(home: Path, bring: Bring) -> None:
    assert bring(GOOD, "--publish").code == DONE
    words = ("--form", "NY201", "--period", "2024", "--publish")
    # New cells of a published return need no reason; the blank and the absent column say nothing.
    more = bring([["机构", "110", "120"], ["A", "", "500"], ["B", "", ""]], *words)
    assert (more.code, more.counts) == (DONE, (2, 2, 0, 0, True))
    assert [(one["code"], one["row"]) for one in more.findings("warning")] == [("row_without_values", 3)]
    assert (kwh(home, "A"), kwh(home, "B")) == ("10", "20")
    assert figure(home, "A", "2024", "water_total_m3")["value"] == "500"
    assert figure(home, "B", "2024", "water_total_m3")["value"] is None


def test_not_used_is_neither_zero_nor_missing(home: Path, bring: Bring) -> None:
    rows = [["机构", "110", "140", "102"], ["A", "80000", "不使用", "8000"]]
    assert bring(rows, "--form", "NY201", "--period", "2024", "--publish").code == DONE
    out = jieyue(home, "export", "returns", "--form", "NY201", "--period", "2024", "-o", home / "out.csv")
    assert out.document["rows"] == 3
    assert "A,渝中区第一中学,2024,NY201:140,不使用,m3," in (home / "out.csv").read_text("utf-8-sig")
    assert bring(rows, "--form", "NY201", "--period", "2024", "--publish").counts == (1, 0, 1, 0, True)


def test_drafts_are_kept_but_are_no_figures_and_are_overwritten(home: Path, bring: Bring) -> None:
    assert bring(GOOD).counts == (4, 4, 0, 0, True)
    assert kwh(home, "A") is None
    changed = [desk.LONG, ["A", "2024", "NY201:110", "160000", "kWh"]]
    assert bring(changed).counts == (1, 1, 0, 0, True)
    assert bring([desk.LONG, ["A", "2024", "NY201:102", "8000", "m2"]], "--publish").code == DONE
    assert bring(changed, "--publish").code == DONE
    assert kwh(home, "A") == "20"


def test_period_and_form_from_the_command(home: Path, bring: Bring) -> None:
    monthly = [["机构", "电消费量(万千瓦时)", "建筑面积"], ["A", "0.5", "8000"]]
    for month in range(1, 13):
        said = bring(monthly, "--form", "NY201", "--period", f"2025-{month:02d}", "--publish")
        assert said.code == DONE, said.stdout
    # 12 × 5,000 kWh ÷ 8,000 m² = 7.5.
    assert kwh(home, "A", "2025") == "7.5"
    assert kwh(home, "A", "2025-Q1") == "1.875"
    assert kwh(home, "A", "2025-01..2025-06") == "3.75"
    silent = bring(monthly, "--period", "2024", "--publish")
    assert silent.code == DONE, "only one form has both headings"
    assert bring(monthly, "--form", "NY999", "--period", "2024").errors() == ["form_unknown"]
    assert bring(monthly, "--form", "NY201").errors() == ["missing_column"]


def test_a_printed_district_total_stands_beside_and_is_never_added(home: Path, bring: Bring) -> None:
    total = [
        desk.LONG,
        ["area:500103", "2024", "NY201:110", "1000000", "kWh"],
        ["渝中区合计", "2024", "NY201:102", "50000", "m2"],
    ]
    assert bring(total, "--publish").counts == (2, 2, 0, 0, True)
    alone = figure(home, "area:500103", "2024", "electricity_per_area_kwh_m2")
    assert (alone["value"], alone["origin"]) == ("20", "declared")
    assert bring(GOOD, "--publish").code == DONE
    # A and B: 320,000 kWh on 20,000 m²; the declared 1,000,000 kWh stays out of the district and of the city.
    for scope in ("area:500103", "city"):
        row = figure(home, scope, "2024", "electricity_per_area_kwh_m2")
        assert (row["value"], row["origin"]) == ("16", "typed")
    tce = figure(home, "area:500103", "2024", "energy_total_tce")
    assert tce["value"] == "39.328"  # 320,000 × 0.1229 ÷ 1000
    beside = figure(home, "declared:area:500103", "2024", "energy_total_tce")
    assert (beside["value"], beside["origin"], beside["scope"]) == (
        "122.9",
        "declared",
        "declared:area:500103",
    )
    for lang, said in (("zh", "并列，未相加"), ("en", "stands beside the sum of its institutions")):
        words = ("--scope", "area:500103", "--period", "2024", "--indicator", "energy_total_tce")
        told = jieyue(home, "figures", *words, as_json=False, lang=lang).stderr
        assert said in told
        assert "122.90 tce" in told
        assert "39.33 tce" in told
    assert jieyue(home, "figures", "--scope", "declared:city", "--period", "2024").code == REFUSED
    assert figure(home, "area:500104", "2024", "energy_total_tce")["value"] is None


def test_several_files_give_one_document_each_in_its_order(home: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(desk.table(GOOD))
    bad.write_bytes(desk.table([desk.LONG, ["A", "2024", "NY201:110", "-1", "kWh"]]))
    said = jieyue(home, "import", "returns", bad, good, "--publish")
    assert said.code == REFUSED
    assert [(one["applied"], one["read"]) for one in said.document] == [(False, 1), (True, 4)]
    assert kwh(home, "A") == "10"


#: One wide file of two forms: electricity and area of the year, and the area and days of heating.
TWO = ["institution", "period", "NY201:110", "NY201:102", "NY203:301", "NY203:302"]


@pytest.mark.parametrize("turned", [False, True])
def test_a_conflict_in_one_form_of_two_is_told(bring: Bring, turned: bool) -> None:
    """Both rows of A say the same in one form and not in the other, whichever form comes first."""
    first, other = (["80000", "8000"], ["7000", "120"]), (["80000", "8000"], ["7000", "130"])
    if turned:
        first, other = (["80000", "8000"], ["7000", "120"]), (["90000", "8000"], ["7000", "120"])
    form = "NY201" if turned else "NY203"
    rows = [
        TWO,
        *(["A", "2024", *one[0], *one[1]] for one in (first, other)),
        ["B", "2024", "1", "2", "3", "4"],
    ]
    said = bring(rows, "--dry-run")
    assert (said.code, said.counts) == (REFUSED, (3, 1, 0, 2, False))
    assert said.errors() == ["conflict_in_file"] * 2
    where = "NY201:110" if turned else "NY203:302"
    assert [(one["row"], one["column"]) for one in said.findings()] == [(2, where), (3, where)]
    for one in said.findings():
        assert f"2024 {form}" in one["message_zh"]
        assert f"2024 {form}" in one["message_en"]
    whole = bring([TWO, *(["A", "2024", *first[0], *first[1]] for _ in range(2))], "--dry-run")
    assert (whole.code, whole.counts) == (DONE, (2, 1, 1, 0, False))


def test_a_row_that_is_refused_already_does_not_say_where_the_others_differ(bring: Bring) -> None:
    """Rows 2 and 4 differ in heating alone; row 3, whose number is none, differs from both in electricity."""
    said = bring(
        [
            TWO,
            ["A", "2024", "80000", "8000", "7000", "120"],
            ["A", "2024", "-1", "8000", "7000", "120"],
            ["A", "2024", "80000", "8000", "7000", "130"],
        ],
        "--dry-run",
    )
    assert (said.code, said.counts) == (REFUSED, (3, 0, 0, 3, False))
    conflicts = [one for one in said.findings() if one["code"] == "conflict_in_file"]
    assert [(one["row"], one["column"]) for one in conflicts] == [(2, "NY203:302"), (4, "NY203:302")]
    assert all("2024 NY203" in one["message_zh"] for one in conflicts)


@pytest.mark.parametrize("turned", [False, True])
def test_what_one_form_of_two_says_anew_is_stored_where_the_other_is_stored_already(
    home: Path, bring: Bring, turned: bool
) -> None:
    energy = [["institution", "period", "NY201:110", "NY201:102"], ["A", "2024", "80000", "8000"]]
    heating = [["institution", "period", "NY203:301", "NY203:302"], ["A", "2024", "7000", "120"]]
    before, after = (heating, "NY201") if turned else (energy, "NY203")
    assert bring(before, "--publish").code == DONE
    both = [TWO, ["A", "2024", "80000", "8000", "7000", "120"]]
    stored = bring(both, "--publish")
    assert (stored.code, stored.counts) == (DONE, (1, 1, 0, 0, True))
    log = jieyue(home, "log", "export", "-o", home.parent / "log.jsonl")
    assert log.code == DONE, log.stderr
    lines = [json.loads(line).get("entry") for line in (home.parent / "log.jsonl").read_text().splitlines()]
    told = [one["data"]["returns"] for one in lines if one and one["verb"] == "returns.import"]
    assert told[-1] == {after: 1}, "what the other form says is no new version"
    again = bring(both, "--publish")
    assert (again.code, again.counts) == (DONE, (1, 0, 1, 0, True))
    # Moved on since in the second form alone, or in the first.
    for place, text in ((5, "130"), (2, "90000")):
        moved = [TWO, [text if at == place else cell for at, cell in enumerate(both[1])]]
        refused = bring(moved, "--publish")
        assert (refused.code, refused.counts) == (REFUSED, (1, 0, 0, 1, False))
        (finding,) = refused.findings()
        assert (finding["code"], finding["row"], finding["column"]) == ("conflict", 2, TWO[place])
        assert text in finding["message_zh"]
        assert text in finding["message_en"]
