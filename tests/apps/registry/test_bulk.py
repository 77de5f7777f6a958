"""Many institutions in one publication: the same rows as one by one, refused as a whole."""

from datetime import date

import polars as pl
import pytest

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.publication.digest import digest_tables
from jieyue.apps.publication.errors import RefusedError
from jieyue.apps.publication.models import Publication
from jieyue.apps.publication.tables import registered
from jieyue.apps.registry import queries
from jieyue.apps.registry.models import Institution
from jieyue.apps.registry.services.bulk_register import bulk_register
from jieyue.domain.errors import DomainError
from jieyue.sample.city import build

Nodes = dict[tuple[str, str], int]
BEGIN, DAY, OPEN = date(2020, 1, 1), date(2025, 7, 1), date(9999, 12, 31)


def frames() -> tuple[pl.DataFrame, pl.DataFrame]:
    institutions = pl.DataFrame(
        [
            {"code": "A", "name": "甲", "persons": 10, "valid_from": BEGIN, "valid_to": DAY},
            {"code": "A", "name": "新甲", "persons": 12, "valid_from": DAY, "valid_to": OPEN},
            {"code": "B", "name": "乙", "persons": None, "valid_from": BEGIN, "valid_to": OPEN},
        ]
    )
    rows = []
    for code in "AB":
        rows += [
            (code, "area", "500103", BEGIN, OPEN),
            (code, "type", "021", BEGIN, OPEN),
            (code, "line", "L-500103", BEGIN, DAY),
            (code, "line", "city", DAY, OPEN),
            (code, "unit", "A", BEGIN, OPEN),
        ]
    schema = ["code", "tree", "target", "valid_from", "valid_to"]
    return institutions, pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.postgres
def test_histories_come_in_with_one_publication(city_trees: Nodes) -> None:
    publications = Publication.objects.count()
    ids = bulk_register(*frames(), actor="tester", aliases=[("B", "foreign", "X9", BEGIN)])
    assert Publication.objects.count() == publications + 1
    assert ActionLog.objects.filter(verb="registry.bulk_register").count() == 1
    assert queries.institution(ids["A"], date(2025, 6, 30)).name == "甲"
    assert queries.institution(ids["A"], DAY).name == "新甲"
    assert queries.institution(ids["A"], DAY).nodes["line"] == city_trees["line", "city"]
    assert queries.institution(ids["B"], DAY).attributes.persons is None
    assert queries.institution(ids["A"], DAY).unit is None  # its own: no row
    assert queries.members_of_unit(ids["A"], DAY) == [ids["B"]]
    assert queries.by_alias(["X9"], DAY) == {"X9": [ids["B"]]}
    # What the writer gave to the lake is what would be derived again after a crash.
    publication = Publication.objects.order_by("-seq")[0]
    derived = {
        table.name: rows for table in registered() if (rows := table.rows(publication.seq)) is not None
    }
    assert digest_tables(derived) == publication.digest


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("unknown_node", lambda i, m: (i, m.with_columns(
            target=pl.when(pl.col("tree") == "area").then(pl.lit("nowhere")).otherwise(pl.col("target"))))),
        ("unknown_institution", lambda i, m: (i.head(2), m)),
        ("columns", lambda i, m: (i.with_columns(colour=pl.lit(1)), m)),
        ("columns", lambda i, m: (i, m.drop("tree"))),
        ("interval_overlap", lambda i, m: (i, pl.concat([m, m.head(1)]))),
        ("interval_overlap", lambda i, m: (pl.concat([i, i.head(1)]), m)),
        ("interval_empty", lambda i, m: (i, m.with_columns(valid_to=pl.col("valid_from")))),
        ("bad_quantity", lambda i, m: (i.with_columns(persons=pl.lit(-1)), m)),
        (
            "unit_chain",
            lambda i, m: (
                i,
                pl.concat([m, m.filter((pl.col("tree") == "unit") & (pl.col("code") == "A")).with_columns(
                    target=pl.lit("B"))]),
            ),
        ),
    ],
)  # fmt: skip
def test_one_wrong_row_refuses_all(city_trees: Nodes, code: str, change) -> None:
    publications = Publication.objects.count()
    with pytest.raises(DomainError) as caught:
        bulk_register(*change(*frames()), actor="tester")
    assert caught.value.code == code
    assert Publication.objects.count() == publications
    assert not Institution.objects.exists()


def test_a_taken_code_refuses_all(city_trees: Nodes) -> None:
    bulk_register(*frames(), actor="tester")
    with pytest.raises(RefusedError) as caught:
        bulk_register(*frames(), actor="tester")
    assert caught.value.code == "code_taken"
    assert Institution.objects.count() == 2


def test_the_sample_city_registers(city_trees: Nodes) -> None:
    from jieyue.apps.trees.services.register_nodes import register_nodes

    city = build(60)
    register_nodes(city.nodes, actor="tester")
    ids = bulk_register(city.institutions.drop("type"), city.memberships, actor="tester")
    for year, counts in city.counts.items():
        assert queries.count_in_being(date(year, 12, 31)) == counts["all"]
    assert set(ids) == set(city.institutions["code"])
