"""The count identity 读 = 可用 + 重复 + 拒绝 for dirty files, row by row against an oracle that does not read files."""

from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jieyue.apps.exchange.institutions import read_institutions
from jieyue.apps.exchange.returns import Options, read_returns
from tests.apps.exchange import files

LONG = ["institution", "period", "item", "value", "unit"]
SUBJECTS = ("500103-001", "500103-002", "500103-003")
ITEMS = ("NY201:110", "NY201:120", "NY201:140")
#: What may stand in a value cell, and the number that it is; None: nobody can read it.
VALUES = {
    "5": 5, "5.0": 5, " 5 ": 5, "５": 5, "7": 7, "0": 0, "1,000": 1000, "1万": 10000,
    "-3": None, "NaN": None, "1e400": None, "约五": None, "1,5": None, "12吨": None, "N/A": None,
}  # fmt: skip

good_keys = st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(["2024", "2025-03"]), st.sampled_from(ITEMS))
bad_keys = st.sampled_from(
    [
        ("无此局", "2024", "NY201:110"),
        ("500103-001", "2024-13", "NY201:110"),
        ("500103-001", "2024", "NY201:999"),
        ("", "2024", "NY201:110"),
        ("500103-001", "", "NY201:110"),
    ]
)
blank = st.just(("", "", "", "", ""))
once = st.lists(
    st.one_of(
        st.tuples(good_keys, st.sampled_from(list(VALUES))).map(lambda row: (*row[0], row[1], "")),
        st.tuples(bad_keys, st.sampled_from(list(VALUES))).map(lambda row: (*row[0], row[1], "")),
        good_keys.map(lambda key: (*key, "5", "斗")),
        blank,
    ),
    min_size=1,
    max_size=20,
)
#: Some rows stand in the file twice.
long_rows = once.flatmap(
    lambda rows: st.lists(st.sampled_from(rows), max_size=6).map(lambda more: [*rows, *more])
)


def verdicts(rows: list[tuple[str, ...]]) -> tuple[int, int, int, int]:
    """Read, accepted, duplicate, rejected: what a careful clerk would say."""
    told = [row for row in rows if any(row)]
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    rejected = 0
    for subject, period, item, value, unit in told:
        number = VALUES[value]
        good = subject in SUBJECTS and period in ("2024", "2025-03") and item in ITEMS and unit == ""
        if good and number is not None:
            groups[subject, period, item].append(number)
        else:
            rejected += 1
    accepted = duplicate = 0
    for numbers in groups.values():
        if len(set(numbers)) == 1:
            accepted += 1
            duplicate += len(numbers) - 1
        else:
            rejected += len(numbers)
    return len(told), accepted, duplicate, rejected


def counts(report: Any) -> tuple[int, int, int, int]:
    result = report.result()
    return result.read, result.accepted, result.duplicate, result.rejected


@given(rows=long_rows)
@settings(max_examples=15)
def test_every_row_of_a_file_of_returns_is_accounted_for(rows: list[tuple[str, ...]]) -> None:
    wanted = verdicts(rows)
    if wanted[0] == 0:
        return  # a file without a row is a finding about the file, see tests/apps/exchange
    read = files.read(files.table([LONG, *rows]), "file.csv")
    parsed = read_returns(read, files.LEXICON, files.DIRECTORY, options=Options())
    assert counts(parsed.report) == wanted
    assert parsed.report.may_apply() is (wanted[3] == 0)


HEADS = ["code", "name", "type", "region", "valid_from", "energy_users"]
CODES = ("A", "B", "C")
PERSONS = {"5": 5, "5.00": 5, "6": 6, "": None}
DAYS = ("2020-01-01", "2021年7月1日")
NOBODY = ("-1", "x", "1e9")

institution_rows = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(CODES), st.sampled_from(DAYS), st.sampled_from(list(PERSONS)))
        .map(lambda row: (row[0], f"机构{row[0]}", "01", "500103", row[1], row[2])),
        st.tuples(st.sampled_from(CODES), st.sampled_from(NOBODY))
        .map(lambda row: (row[0], f"机构{row[0]}", "01", "500103", "2020-01-01", row[1])),
        st.sampled_from(
            [
                ("", "无码", "01", "500103", "2020-01-01", "5"),
                ("D", "丁", "无此类", "500103", "2020-01-01", "5"),
                ("D", "丁", "01", "999999", "2020-01-01", "5"),
                ("D", "丁", "01", "500103", "某日", "5"),
                ("", "", "", "", "", ""),
            ]
        ),
    ),
    min_size=1,
    max_size=20,
)  # fmt: skip


@given(rows=institution_rows)
@settings(max_examples=12)
def test_every_row_of_a_file_of_institutions_is_accounted_for(rows: list[tuple[str, ...]]) -> None:
    told = [row for row in rows if any(row)]
    if not told:
        return
    groups: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    rejected = 0
    for code, _, kind, region, day, persons in told:
        if code in CODES and (kind, region) == ("01", "500103") and persons in PERSONS:
            groups[code, day].append(PERSONS[persons])
        else:
            rejected += 1
    accepted = duplicate = 0
    for said in groups.values():
        if len(set(said)) == 1:
            accepted, duplicate = accepted + 1, duplicate + len(said) - 1
        else:
            rejected += len(said)
    parsed = read_institutions(files.read(files.table([HEADS, *rows]), "file.csv"), files.LEXICON)
    assert counts(parsed.report) == (len(told), accepted, duplicate, rejected)
