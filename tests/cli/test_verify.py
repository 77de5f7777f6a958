"""`returns verify`: a stored number changed behind the system is named: whose, of what, from what to what."""

import shutil
import sqlite3
from pathlib import Path

import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

from jieyue.apps.returns.digests import version_digest
from tests.cli import desk
from tests.cli.command import BROKEN, DONE, REFUSED, jieyue

FACTS = "lake/facts_NY201"


@pytest.fixture
def home(registered: Path, tmp_path: Path) -> Path:
    """A and B filed 2024 and 2025."""
    home = Path(shutil.copytree(registered, tmp_path / "home"))
    rows = [
        [who, year, f"NY201:{item}", amount, ""]
        for who, electricity in (("A", "80000"), ("B", "240000"))
        for year in ("2024", "2025")
        for item, amount in (("110", electricity), ("102", "8000"))
    ]
    file = tmp_path / "returns.csv"
    file.write_bytes(desk.table([desk.LONG, *rows]))
    said = jieyue(home, "import", "returns", file, "--publish")
    assert said.code == DONE, said.stdout
    return home


def _in_the_lake(home: Path, change: str, where: str) -> None:
    """As whoever holds the disk and knows Delta would do it: a commit of its own, every checksum in order."""
    table = DeltaTable(str(home / FACTS))
    table.alter.set_table_properties({"delta.appendOnly": "false"})
    table = DeltaTable(str(home / FACTS))
    if change:
        done = table.update(updates={"c110": change}, predicate=where)
        assert done["num_updated_rows"] == 1
    else:
        assert table.delete(where)["num_deleted_rows"] == 1


def test_what_is_as_it_was_published_is_said_to_be(home: Path) -> None:
    said = jieyue(home, "returns", "verify")
    assert said.code == DONE
    assert said.document == []


def test_a_number_changed_in_the_lake_is_named_with_its_return(home: Path) -> None:
    _in_the_lake(home, "CAST(8000 AS DECIMAL(18,4))", "period = '2025' AND CAST(c110 AS DOUBLE) = 80000")
    said = jieyue(home, "returns", "verify")
    assert said.code == BROKEN
    (one,) = said.document
    assert (one["where"], one["code"], one["name"], one["period"]) == ("lake", "A", "渝中区第一中学", "2025")
    assert one["cells"] == [{"item": "110", "office": "80000", "lake": "8000"}]
    assert one["at"]
    assert jieyue(home, "returns", "verify", "--period", "2024").code == DONE
    shown = jieyue(home, "returns", "verify", "--period", "2025", as_json=False)
    assert shown.code == BROKEN
    assert "渝中区第一中学" in "".join(shown.stdout.split())


def test_a_return_taken_out_of_the_lake_is_named(home: Path) -> None:
    _in_the_lake(home, "", "period = '2024' AND CAST(c110 AS DOUBLE) = 240000")
    (one,) = jieyue(home, "returns", "verify").document
    assert (one["where"], one["code"], one["period"]) == ("lost", "B", "2024")


def _in_the_office(home: Path, change: tuple[str, str], *, digest: bool = False) -> None:
    """A's cells of 2025 as whoever may write the database would change them; digest: that is made anew as well."""
    office = sqlite3.connect(home / "office.sqlite3")
    for (trigger,) in office.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'returns_returnversion'"
    ).fetchall():
        office.execute(f"DROP TRIGGER {trigger}")
    row = office.execute(
        "SELECT v.id, v.cells, v.replaces, v.number, v.scheme, v.catalog, r.subject, r.period, r.instance "
        "FROM returns_returnversion v JOIN returns_return r ON r.id = v.parent_id "
        "WHERE r.period = '2025' AND v.cells LIKE '%\"80000\"%'"
    ).fetchone()
    version, cells = row[0], row[1].replace(*change)
    assert cells != row[1]
    office.execute("UPDATE returns_returnversion SET cells = ? WHERE id = ?", (cells, version))
    if digest:
        made = version_digest(
            "NY201", row[6:9], base=row[2], number=row[3], scheme=row[4], catalog=row[5], cells=cells
        )
        office.execute("UPDATE returns_returnversion SET digest = ? WHERE id = ?", (made, version))
    office.commit()
    office.close()


@pytest.mark.parametrize(
    ("change", "item", "now"),
    [
        (('"80000"', '"8000"'), "110", "8000"),
        (('"110":["80000","kWh",3]', '"110":[null,"kWh",9]'), "110", None),
        ((',"110":["80000","kWh",3]', ""), "110", None),
        (('"110":["80000","kWh",3]', '"110":["8000","MWh",3]'), "110", "8000"),
    ],
)
def test_a_version_changed_in_the_database_is_named_even_with_its_digest_made_anew(
    home: Path, tmp_path: Path, change: tuple[str, str], item: str, now: str | None
) -> None:
    """The lake's row is what the digest, or the root in the log, was made of: it is the database that was altered."""
    other = Path(shutil.copytree(home, tmp_path / "other"))
    _in_the_office(home, change)
    (one,) = jieyue(home, "returns", "verify", "--period", "2025").document
    assert (one["where"], one["code"], one["period"]) == ("office", "A", "2025")
    assert one["cells"] == [{"item": item, "office": now, "lake": "80000"}]
    for lang, words in (("zh", "数据库里的版本被改"), ("en", "the office's version was changed")):
        shown = jieyue(home, "returns", "verify", as_json=False, lang=lang)
        assert words.replace(" ", "") in "".join(shown.stdout.split())
        assert f"{item}:80000→{now or '—'}" in "".join(shown.stdout.split())

    _in_the_office(other, change, digest=True)
    said = jieyue(other, "returns", "verify", "--period", "2025").document
    assert [(one["where"], one["code"]) for one in said] == [("office", "A"), ("root", "")]
    assert said[0]["cells"] == [{"item": item, "office": now, "lake": "80000"}]


def test_where_both_sides_were_changed_both_are_named(home: Path) -> None:
    _in_the_lake(home, "CAST(7000 AS DECIMAL(18,4))", "period = '2025' AND CAST(c110 AS DOUBLE) = 80000")
    _in_the_office(home, ('"80000"', '"8000"'))
    said = jieyue(home, "returns", "verify", "--period", "2025").document
    assert [(one["where"], one["code"]) for one in said] == [("lake", "A"), ("office", "A")]
    assert said[0]["cells"] == [{"item": "110", "office": "8000", "lake": "7000"}]


def test_one_changed_here_and_another_there_are_told_apart(home: Path) -> None:
    """B's number in the lake, A's in the database with its digest: by the root in the log each side is named."""
    _in_the_lake(home, "CAST(24000 AS DECIMAL(18,4))", "period = '2025' AND CAST(c110 AS DOUBLE) = 240000")
    _in_the_office(home, ('"80000"', '"8000"'), digest=True)
    said = jieyue(home, "returns", "verify", "--period", "2025").document
    assert sorted((one["where"], one["code"]) for one in said) == [
        ("lake", "B"),
        ("office", "A"),
        ("root", ""),
    ]


def test_a_row_that_lies_in_the_lake_twice_is_named(home: Path) -> None:
    rows = DeltaTable(str(home / FACTS)).to_pyarrow_table()
    one = rows.filter(pc.equal(rows["period"], "2025")).slice(0, 1)
    write_deltalake(str(home / FACTS), one, mode="append")
    said = jieyue(home, "returns", "verify")
    assert said.code == BROKEN
    assert [(found["where"], found["period"]) for found in said.document] == [("added", "2025")]


def test_versions_whose_publication_was_taken_away_are_told(home: Path) -> None:
    office = sqlite3.connect(home / "office.sqlite3")
    office.execute("DELETE FROM publication_publication WHERE kind LIKE 'returns%'")
    office.commit()
    office.close()
    said = jieyue(home, "returns", "verify")
    assert said.code == BROKEN
    assert {found["where"] for found in said.document} == {"root"}


def test_a_period_of_which_nothing_was_published_is_no_clean_verdict(home: Path) -> None:
    said = jieyue(home, "returns", "verify", "--period", "2019")
    assert said.code == REFUSED
    assert said.document["error"]["code"] == "period"
