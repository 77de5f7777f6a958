"""`jieyue returns open|deadline|board` as a person types them, on the desk's seven institutions."""

from pathlib import Path

import pytest

from tests.cli.command import DONE, REFUSED, USAGE, jieyue
from tests.cli.desk import table


def opened(home: Path, *words: object) -> list[tuple[str, int, int, int, int]]:
    said = jieyue(home, "returns", "open", *words)
    assert said.code == DONE, said.stderr
    return [(one["period"], one["due"], one["made"], one["changed"], one["ended"]) for one in said.document]


def whole(home: Path, *words: object) -> dict[str, object]:
    said = jieyue(home, "returns", "board", *words)
    assert said.code == DONE, said.stderr
    return said.document[0]


def test_months_are_opened_once(home: Path) -> None:
    """G files inside A's return, F came in July 2025: five owe June, six July; again nothing is made."""
    months = ("--period", "2025-06..2025-07")
    assert opened(home, *months) == [("2025-06", 5, 5, 0, 0), ("2025-07", 6, 6, 0, 0)]
    assert opened(home, *months) == [("2025-06", 5, 0, 0, 0), ("2025-07", 6, 0, 0, 0)]


def test_the_board_counts_and_names(home: Path, tmp_path: Path) -> None:
    """July 2025 was due on 20 August 2025; A's return comes by file, before it was asked for."""
    file = tmp_path / "returns.csv"
    rows = [
        ("institution", "period", "item", "value", "unit"),
        ("A", "2025-07", "NY201:110", "1200", "kWh"),
    ]
    file.write_bytes(table(rows))
    assert jieyue(home, "import", "returns", file, "--publish").code == DONE
    opened(home, "--period", "2025-07")
    found = whole(home, "--period", "2025-07")
    counted = ("due", "none", "approved", "overdue", "late", "missing", "completeness")
    assert [found[name] for name in counted] == [6, 5, 1, 5, 0, 5, [1, 6]]
    said = jieyue(home, "returns", "board", "--period", "2025-07", "--late")
    assert [(row["institution"], row["state"], row["due"]) for row in said.document] == [
        (code, "none", "2025-08-20") for code in "BCDEF"
    ]


def test_a_deadline_is_set_listed_and_taken_back(home: Path) -> None:
    opened(home, "--period", "2025-07")
    done = jieyue(
        home, "returns", "deadline", "--kind", "M", "--due-days", 10, "--node", "type:021",
        "--from", "2025-07-01", "--reason", "学校早报",
    )  # fmt: skip
    assert [one["changed"] for one in done.document] == [2]  # A and E are schools; G owes nothing
    (row,) = jieyue(home, "returns", "deadline").document
    assert (row["kind"], row["target"].split()[0], row["valid_from"], row["reason"]) == (
        "M",
        "type:021",
        "2025-07-01",
        "学校早报",
    )
    one = jieyue(
        home, "returns", "deadline", "--period", "2025-07", "--due-on", "2025-09-01", "--institution", "A"
    )
    assert [one["changed"] for one in one.document] == [1]
    late = jieyue(home, "returns", "board", "--period", "2025-07", "--late").document
    assert {row["institution"]: row["due"][5:] for row in late} == {
        "A": "09-01", "B": "08-20", "C": "08-20", "D": "08-20", "E": "08-10", "F": "08-20",
    }  # fmt: skip
    gone = jieyue(
        home, "returns", "deadline", "--kind", "M", "--node", "type:021", "--from", "2025-07-01", "--remove"
    )
    assert [one["changed"] for one in gone.document] == [1]  # E; A has its own


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("open", "--period", "2025-13"), REFUSED),
        (("open", "--period", "9998-01"), REFUSED),
        (("open", "--form", "NY203", "--period", "2025-07"), REFUSED),
        (("open", "--form", "NY301", "--period", "2025"), REFUSED),
        (("deadline", "--kind", "M"), REFUSED),
        (("deadline", "--kind", "X", "--due-days", "5"), REFUSED),
        (("deadline", "--kind", "M", "--period", "2025-07", "--due-days", "5"), USAGE),
        (("deadline", "--period", "2025-07", "--due-on", "soon"), USAGE),
        (("deadline", "--kind", "M", "--due-days", "5", "--node", "type:NO-SUCH"), USAGE),
        (("board", "--period", "2025-07", "--node", "NO-SUCH"), USAGE),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(home: Path, words: tuple[str, ...], code: int) -> None:
    said = jieyue(home, "returns", *words)
    assert said.code == code
    assert "Traceback" not in said.stderr


def test_a_month_that_is_not_open_has_no_board(home: Path) -> None:
    assert jieyue(home, "returns", "board", "--period", "2025-07").document == []
    assert jieyue(home, "returns", "board", "--period", "2025-07", "--late").document == []


def begin(home: Path) -> str:
    """What the board says instead of an empty table."""
    said = jieyue(home, "returns", "board", "--period", "2025-07", as_json=False)
    assert (said.code, said.stdout) == (DONE, "")
    return said.stderr


def test_in_an_empty_home_the_board_says_where_to_begin(empty: Path) -> None:
    assert "名录库还是空的，先 jieyue import institutions" in begin(empty)


def test_before_a_month_is_open_the_board_says_how_to_open_it(home: Path) -> None:
    assert "先 jieyue returns open --form NY201 --period 2025-07" in begin(home)


def test_a_body_only_checks_and_approves_again(home: Path) -> None:
    said = jieyue(home, "returns", "checking")
    assert (said.code, said.document) == (DONE, [])
    bureau = ("--body", "city")
    said = jieyue(home, "returns", "checking", *bureau, "--from", "2025-07-01", "--reason", "统一核准")
    assert said.code == DONE, said.stderr
    assert [(row["code"], row["first"], row["end"]) for row in said.document] == [
        ("city", "2025-07-01", None)
    ]
    said = jieyue(home, "returns", "checking", *bureau, "--from", "2025-07-01")
    assert (said.code, "已经如此" in said.stderr) == (REFUSED, True)
    said = jieyue(home, "returns", "checking", *bureau, "--from", "2025-08-01", "--end")
    assert [row["end"] for row in said.document] == ["2025-08-01"]
    assert jieyue(home, "returns", "checking", "--body", "nobody").code == USAGE
