"""Planted mistakes: labelled, really wrong, and never in a year."""

import re

import numpy as np
import polars as pl
import pytest

from jieyue.sample.model import SampleCity

KINDS = {
    "missing_months": 60,
    "yuan_wan": 61,
    "kwh_mwh": 61,
    "copied_period": 61,
    "copied_institution": 60,
    "jumped_persons": 40,
    "jumped_area": 40,
    "double_counted_member": 20,
}  # 60 and the section chief's own one each of three kinds
STOCKS = {"101", "102", "103", "1031", "104", "1041", "1042", "1043", "106", "190", "191", "192"}


def rows_of(city: SampleCity, kind: str) -> list[dict[str, object]]:
    return list(city.planted.filter(pl.col("kind") == kind).iter_rows(named=True))


def cell(city: SampleCity, institution: str, period: str, item: str) -> int:
    frame = city.frame("NY201", period)
    return int(frame.column(item)[frame.institutions.index(institution)])


def test_every_kind_is_there_in_its_number(city: SampleCity) -> None:
    counted = city.planted.group_by("kind").agg(pl.col("institution").n_unique())
    assert dict(counted.iter_rows()) == KINDS


def test_mistakes_stand_in_months_only(city: SampleCity) -> None:
    periods = set(city.planted["period"])
    assert all(re.fullmatch(r"20\d\d-\d\d", period) for period in periods)
    assert min(periods) >= "2024-11"
    assert max(periods) == "2026-10"


def test_an_institution_carries_one_kind_at_most(city: SampleCity) -> None:
    kinds = city.planted.group_by("institution").agg(pl.col("kind").n_unique(), pl.col("period").n_unique())
    assert kinds["kind"].max() == 1
    several = city.planted.filter(pl.col("kind").is_in(["double_counted_member", "missing_months"]))[
        "institution"
    ]
    once = kinds.filter(~pl.col("institution").is_in(several.unique().to_list()))
    assert once["period"].max() == 1
    assert kinds["period"].max() == 3


def test_what_is_labelled_is_stored_and_wrong(city: SampleCity) -> None:
    labelled = city.planted.filter(pl.col("planted_value").is_not_null())
    assert len(labelled) > 1_500
    for frame in city.returns("NY201"):
        place = {code: index for index, code in enumerate(frame.institutions)}
        for row in labelled.filter(pl.col("period") == frame.period).iter_rows(named=True):
            stored = int(frame.column(row["item"])[place[row["institution"]]])
            assert stored == row["planted_value"] != row["true_value"]


@pytest.mark.parametrize(
    ("kind", "item", "divisor"), [("yuan_wan", "111", 10_000), ("kwh_mwh", "110", 1_000)]
)
def test_scale_errors_are_off_by_their_scale(city: SampleCity, kind: str, item: str, divisor: int) -> None:
    for row in rows_of(city, kind):
        assert row["item"] == item
        assert row["planted_value"] == row["true_value"] // divisor > 0  # type: ignore[operator]


@pytest.mark.parametrize(("kind", "item"), [("jumped_persons", "103"), ("jumped_area", "102")])
def test_jumps_are_at_least_double(city: SampleCity, kind: str, item: str) -> None:
    for row in rows_of(city, kind):
        assert row["item"] == item
        assert row["planted_value"] >= 2 * row["true_value"]  # type: ignore[operator]


def test_missing_returns_are_missing(city: SampleCity) -> None:
    for row in rows_of(city, "missing_months"):
        assert row["item"] == "*"
        assert row["institution"] not in city.frame("NY201", str(row["period"])).institutions
        assert row["institution"] in city.frame("NY201", "2025").institutions


def test_copies_equal_what_they_were_copied_from(city: SampleCity) -> None:
    for kind in ("copied_period", "copied_institution"):
        for code, period, source in {
            (r["institution"], r["period"], r["source"]) for r in rows_of(city, kind)
        }:
            frame = city.frame("NY201", str(period))
            period_of_model = str(source) if kind == "copied_period" else str(period)
            model = city.frame("NY201", period_of_model)
            name = str(code) if kind == "copied_period" else str(source)
            assert name != code or period_of_model < str(period)
            at, other = frame.institutions.index(str(code)), model.institutions.index(name)
            flows = [item for item in frame.codes if item not in STOCKS and item in model.codes]
            mine = [int(frame.column(item)[at]) for item in flows]
            assert mine == [int(model.column(item)[other]) for item in flows]
            assert sum(value > 0 for value in mine) >= 3


def test_doubled_members_owe_no_return(city: SampleCity) -> None:
    unit = city.memberships.filter((pl.col("tree") == "unit") & (pl.col("code") != pl.col("target")))
    filers = dict(unit.filter(pl.col("valid_to").dt.year() == 9999).select("code", "target").iter_rows())
    rows = rows_of(city, "double_counted_member")
    assert {row["period"] for row in rows} == {"2026-05", "2026-06", "2026-07"}
    for row in rows:
        assert row["true_value"] is None
        assert filers[str(row["institution"])] == row["source"]


def test_fixed_cases_are_left_alone(city: SampleCity) -> None:
    wrong = set(city.planted["institution"])
    assert city.cases["T1"]["institution"] not in wrong
    assert not wrong & set(city.cases["T2"]["explained"])
    assert not wrong & set(city.cases["T2"]["late"])


def test_a_mistake_in_october_was_sent(city: SampleCity) -> None:
    frame = city.frame("NY201", "2026-10")
    state = dict(zip(frame.institutions, frame.states.tolist(), strict=True))
    sent = city.planted.filter((pl.col("period") == "2026-10") & (pl.col("kind") != "missing_months"))
    assert {state[code] for code in sent["institution"]} <= {"已上报", "已退回", "已审核"}
    assert np.count_nonzero(frame.states == "已上报") > 5_000
