"""Findings: their texts, their JSON, and that a half-filled sentence never leaves."""

from datetime import date
from fractions import Fraction

import pytest

from jieyue.catalog.findings import Finding, make, texts


def test_a_finding_says_where_what_and_how_to_mend_it() -> None:
    finding = make("not_a_number", sheet="Sheet1", row=7, column="电消费量", value="约三千")
    assert finding == Finding(
        "not_a_number",
        "error",
        "“电消费量”不是数：约三千。请填写普通数字；没有数据就留空。",
        "电消费量 is not a number: 约三千. Write a plain number; leave the cell blank if there is none.",
        "Sheet1",
        7,
        "电消费量",
        "约三千",
    )


def test_the_json_has_the_keys_of_the_import_document() -> None:
    document = make("negative", row=3, column="c110", value="-1").as_dict()
    assert list(document) == [
        "severity",
        "code",
        "sheet",
        "row",
        "column",
        "value",
        "message_zh",
        "message_en",
    ]
    assert document["sheet"] is None


def test_data_travels_as_plain_text() -> None:
    finding = make("conflict", row=2, value="1", key="k", stored=Fraction(1, 3), seen=[date(2025, 1, 2)])
    assert finding.as_dict()["data"] == {"key": "k", "stored": "1/3", "seen": ["2025-01-02"]}


def test_a_missing_value_reads_as_blank_and_a_long_one_is_cut() -> None:
    assert "（空）" in make("negative", column="c110").message_zh
    assert "9" * 121 not in make("number_too_large", column="c110", value="9" * 500).message_en


def test_braces_in_what_a_user_wrote_are_text() -> None:
    assert "{row}" in make("not_a_number", row=5, column="c", value="{row}").message_zh


def test_unknown_codes_and_unfilled_places_are_slips_of_the_caller() -> None:
    with pytest.raises(LookupError, match="no_such_code"):
        make("no_such_code")
    with pytest.raises(LookupError, match="stored"):
        make("conflict", row=2, key="k")


def test_every_text_is_in_both_languages_and_an_error_says_how_to_mend_it() -> None:
    for text in texts().values():
        assert text.message_zh != text.message_en
        assert bool(text.mend_zh) == bool(text.mend_en), text.code
        assert text.mend_zh or text.severity != "error", text.code
