"""The sensitive mark: who sets it, and what of a marked institution goes out: totals, nothing that singles it out."""

from datetime import date

import pytest
from django.test import Client

from tests.web.conftest import City
from tests.web.test_disclosure import newest, propose, proposer, release, releaser, rows
from tests.web.test_review import root, signed_in

__all__ = ["proposer", "releaser"]

TODAY = "2026-11-22"


@pytest.fixture
def keeper(own_city: City) -> Client:
    return signed_in("keeper.one", "city_admin", node=root())


def code_of(number: int) -> str:
    from jieyue.apps.registry.queries import codes_of

    return codes_of([number])[number]


def some_institution() -> int:
    from jieyue.apps.registry.outward import numbers_on

    return numbers_on(date(2025, 12, 31))[0]


def mark(client: Client, number: int, verb: str = "set", **more: str) -> tuple[int, str]:
    said = {"verb": verb, "from": TODAY, "reason": "上级要求", **more}
    answer = client.post(f"/institutions/{code_of(number)}/sensitive/", said, follow=True)
    return answer.status_code, answer.content.decode()


def marked_now() -> frozenset[int]:
    from jieyue.apps.registry.sensitive import sensitive_on

    return sensitive_on(date(2026, 11, 22))


def test_the_mark_is_set_with_a_reason_from_a_day_and_lifted_and_logged(
    own_city: City, keeper: Client
) -> None:
    from jieyue.apps.audit.models import ActionLog
    from jieyue.apps.registry.sensitive import sensitive_on

    number = some_institution()
    assert mark(keeper, number, reason=" ")[0] == 422
    assert mark(keeper, number, **{"from": "soon"})[0] == 422
    status, page = mark(keeper, number)
    assert (status, "已标记为敏感机构" in page, "解除标记" in page) == (200, True, True)
    assert (marked_now(), sensitive_on(date(2026, 11, 21))) == ({number}, frozenset())
    assert "标记没有变化" in mark(keeper, number)[1]
    entry = ActionLog.objects.filter(verb="registry.change").order_by("-pk")[0]
    assert (entry.actor, entry.reason, entry.data["changed"]) == (
        "keeper.one",
        "上级要求",
        {"sensitive": "yes"},
    )
    assert "已解除标记" in mark(keeper, number, "lift")[1]
    assert marked_now() == frozenset()


def test_nobody_else_sets_or_sees_it(own_city: City, keeper: Client) -> None:
    number = some_institution()
    mark(keeper, number)
    address = f"/institutions/{code_of(number)}/register/"
    assert "敏感" in keeper.get(address).content.decode()
    for role in ("viewer", "publisher", "district_admin"):
        other = signed_in(f"other.{role}", role, node=root())
        assert "敏感" not in other.get(address).content.decode()
        assert mark(other, number, "lift")[0] == 403
    assert marked_now() == {number}


def test_the_register_page_asks_few_questions(
    own_city: City, keeper: Client, django_assert_max_num_queries: object
) -> None:
    number = some_institution()
    mark(keeper, number)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert keeper.get(f"/institutions/{code_of(number)}/register/").status_code == 200


def test_a_file_carries_the_mark_in_and_out_for_who_keeps_the_register_only(own_city: City) -> None:
    from jieyue.apps.exchange.profile import Column, MappingProfile
    from jieyue.apps.registry.outward import institutions_outward
    from jieyue.apps.registry.queries import institution
    from jieyue.apps.registry.services.import_file import import_file
    from jieyue.apps.trees.queries import Tree, node_by_id

    number = some_institution()
    own = institution(number)
    assert own is not None
    kind, area = (node_by_id(own.nodes[name]) for name in (Tree.TYPE, Tree.AREA))
    assert kind
    assert area
    content = "机构代码,机构名称,机构类型,地区,生效日期,是否敏感\n"
    content += f"{own.code},{own.name},{kind.code},{area.code},{TODAY},是\n"
    found = import_file(content.encode(), "marks.csv", actor="keeper.one")
    assert (found.result.accepted, found.result.applied, marked_now()) == (1, True, {number}), found.result
    fields = ("code", "name", "type", "region", "valid_from", "sensitive")
    profile = MappingProfile(
        kind="institutions", columns=tuple(Column(heading=field, field=field) for field in fields)
    )
    for hidden, shown in (((), "是"), (("sensitive",), "")):
        out = institutions_outward(profile, date(2026, 11, 22), [number], text=True, hidden=hidden)
        assert [str(cell or "") for cell in out.rows[-1]][::5] == [own.code, shown], out.findings


def area_of_three() -> tuple[str, list[int]]:
    """An area that is shown and holds just as many institutions as a cell needs: three."""
    from jieyue.apps.disclosure.models import DataRelease

    kept = DataRelease.objects.get(pk=newest()).kept
    return next(
        (key, who)
        for key, who in kept["members"].items()
        if key.startswith("area:") and len(who) == 3 and key not in kept["withheld"]
    )


def test_a_cell_that_would_single_it_out_is_withheld_and_the_day_of_the_marks_is_said(
    own_city: City, proposer: Client, releaser: Client, keeper: Client
) -> None:
    from jieyue.apps.disclosure.models import DataRelease

    propose(proposer)
    (key, who), before = area_of_three(), DataRelease.objects.get(pk=newest())
    mark(keeper, who[0])
    stale = releaser.post(f"/disclosure/{newest()}/", {"verb": "release"})
    assert (stale.status_code, "又有机构被标记" in stale.content.decode()) == (422, True)
    proposer.post(f"/disclosure/{newest()}/", {"verb": "drop"})
    propose(proposer)
    assert "会单独示出敏感机构" in proposer.get("/disclosure/").content.decode()
    number = release(releaser)
    after = DataRelease.objects.get(pk=number)
    assert (after.kept["withheld"][key], after.content["marks"]) == ("sensitive", TODAY)
    assert key.partition(":")[2] in held(number)
    data = rows(Client().get(f"/public/{number}/data.csv").content)
    city = next(row for row in data if row["kind"] == "city")
    assert int(city["institutions"]) == before.content["cells"][0]["institutions"], "it is in the totals"
    page = Client().get("/public/").content.decode()
    assert TODAY in page[page.index("敏感标记截至") :][:80]
    everything = page + str(after.content)
    assert "'sensitive'" not in everything
    assert code_of(who[0]) not in everything


def test_marked_after_it_came_out_the_next_release_withholds_it_and_the_old_one_stays(
    own_city: City, proposer: Client, releaser: Client, keeper: Client
) -> None:
    propose(proposer)
    key, who = area_of_three()
    first = release(releaser)
    mark(keeper, who[0])
    propose(proposer, note="标记之后重新公开")
    second = release(releaser)
    code = key.partition(":")[2]
    assert (code in held(first), code in held(second)) == (False, True)


def test_a_part_of_a_sensitive_institution_stands_in_no_cell_of_its_own(
    own_city: City, proposer: Client, keeper: Client
) -> None:
    """An area of three; one of them, marked, becomes two. Two others and two parts are four, two of them not sensitive:
    too few, so the area is withheld. Were the parts not marked, four would be shown."""
    from jieyue.apps.disclosure.models import DataRelease
    from jieyue.apps.registry.services.split import Part, split

    propose(proposer)
    key, who = area_of_three()
    proposer.post(f"/disclosure/{newest()}/", {"verb": "drop"})
    mark(keeper, who[0])
    origin = who[0]
    parts = [Part({"code": code, "name": f"某单位{code}"}) for code in ("PART-1", "PART-2")]
    split(origin, parts, date(2025, 1, 1), actor="keeper.one")
    file_for(["PART-1", "PART-2"])
    propose(proposer)
    row = DataRelease.objects.get(pk=newest())
    assert len(row.kept["members"][key]) == 4
    assert row.kept["withheld"][key] == "sensitive"
    (cell,) = [one for one in row.content["cells"] if one["scope"] == key]
    assert (cell["withheld"], cell["institutions"], cell["values"]) == ("withheld", None, {})


def file_for(codes: list[str]) -> None:
    """Their yearly returns of 2025, published: something of everything that the form asks for."""
    from jieyue.apps.exchange.returns import Options
    from jieyue.apps.returns.services.import_file import FileChoice, import_file
    from jieyue.apps.returns.services.import_returns import ImportChoice
    from tests.apps.accounts import desk

    cells = {"110": "50000", "120": "900", "102": "3000", "103": "60"}
    rows = [[code, "2025", f"NY201:{item}", text] for code in codes for item, text in cells.items()]
    done = import_file(
        desk.table([["institution", "period", "item", "value"], *rows]), "parts.csv", actor="tests",
        choice=ImportChoice(publish=True), reading=FileChoice(options=Options(today=date(2026, 11, 22))),
    ).result  # fmt: skip
    assert done.applied, [one.message_en for one in done.findings]


def test_lists_in_papers_name_no_sensitive_institution_and_never_lack_exactly_one(
    own_city: City, keeper: Client
) -> None:
    from jieyue.apps.papers.named import named
    from jieyue.apps.registry.outward import numbers_on

    few = numbers_on(date(2025, 12, 31))[:4]
    assert named(few) == set(few)
    mark(keeper, few[1])
    assert named(few) == {few[0], few[2]}
    mark(keeper, few[2])
    assert named(few) == {few[0], few[3]}


def held(number: int) -> set[str]:
    """Codes of areas that a release withholds."""
    data = rows(Client().get(f"/public/{number}/data.csv").content)
    return {row["code"] for row in data if row["value"] == "※" and row["kind"] == "area"}
