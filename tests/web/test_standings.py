"""Districts by observed ÷ expected: places that can be worked out, names only for who sees them, a dot for each."""

import csv
import io
import re

from jieyue.apps.accounts.queries import figures, scopes
from tests.clients import signed_in
from tests.web.conftest import City
from tests.web.test_kept_parts import holder

PERIOD = "2025"
PAGE = f"/overview/?period={PERIOD}&compute=1"


def by_ratio(period: str) -> list[tuple[str, str]]:
    """(name, ratio as printed) of the district bureaus on the boundaries of the end of 2025, the least first."""
    names = {
        node.scope: node.name_zh
        for node in scopes(PERIOD, "line")
        if node.kind == "district_bureau" and node.in_being
    }
    asked = {"indicators": ["energy_per_area_ratio"], "boundaries": "2025-12-31"}
    rows = [row for row in figures(list(names), period, **asked) if row.exact is not None]
    return [(names[row.scope], str(row.display)) for row in sorted(rows, key=lambda row: row.exact or 0)]


def card_of(client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().partition('id="standings"')[2].partition("</section>")[0]


def test_the_city_names_every_district_with_its_place_now_and_a_year_before(own_city: City) -> None:
    client = own_city.client()
    now, then = by_ratio(PERIOD), by_ratio("2024")
    assert len(now) >= 5
    card = card_of(client)
    assert card.count("<circle") == len(now)
    above = sum(float(ratio) > 1 for _name, ratio in now)
    title = (
        f"2025年 {len(now)} 个同级单位中 {above} 个单位面积用能高于按类型预期，"
        f"最低{now[0][0]} {now[0][1]}，最高{now[-1][0]} {now[-1][1]}"
    )
    assert title in card
    middle = sorted(float(ratio) for _name, ratio in now)[len(now) // 2]
    assert re.search(r"中位数 [\d.]+", card)
    if len(now) % 2:
        assert f"中位数 {middle:.3f}" in card
    export = client.get(f"{PAGE}&chart=standings&export=csv").content.decode("utf-8-sig")
    rows = {row[0]: row for row in csv.reader(io.StringIO(export)) if len(row) == 6}
    before = {name: place for place, (name, _ratio) in enumerate(then, 1)}
    for place, (name, ratio) in enumerate(now, 1):
        assert rows[name][1:3] == [ratio, str(place)]
        assert rows[name][4] == str(before.get(name, ""))


def test_a_district_sees_its_own_place_and_nobody_elses_name(own_city: City) -> None:
    now = by_ratio(PERIOD)
    place, (name, ratio) = 3, now[2]
    code = next(node.code for node in scopes(PERIOD, "line") if node.name_zh == name)
    client = signed_in(holder("wang", code))
    card = card_of(client, f"{PAGE}&scope=line:{code}")
    assert f"2025年单位面积用能为按类型预期的 {ratio} 倍，第 {place} 位（共 {len(now)} 个）" in card
    assert card.count("<circle") == len(now)
    assert name in card
    for other, value in [*now[:2], *now[3:]]:
        assert other not in card
        assert f"{other} {value}" not in card
    receipt = re.search(r'href="(/receipt[^"]*rank[^"]*)"', card)
    assert receipt
    assert client.get(receipt[1].replace("&amp;", "&")).status_code == 200


def test_of_two_departments_neither_learns_the_others_number(own_city: City) -> None:
    """With one sibling, own value and median would give the other's: 2 × median − own."""
    nodes = {node.code: node for node in scopes(PERIOD, "line")}
    own, other = nodes["L-500103-EDU"], nodes["L-500103-HEA"]
    assert [node.code for node in nodes.values() if node.parent_scope == own.parent_scope] == [
        own.code,
        other.code,
    ]
    asked = {"indicators": ["energy_per_area_ratio"], "boundaries": "2025-12-31"}
    ratio = {row.scope: row.exact for row in figures([own.scope, other.scope], PERIOD, **asked)}
    known = [value for value in ratio.values() if value is not None]
    assert len(known) == 2
    client, address = signed_in(holder("liu", own.code)), f"{PAGE}&scope={own.scope}"
    card = card_of(client, address)
    assert card.count("<circle") == 1
    assert "同类可比的不足 5 个，不显示其他单位的值和中位数" in card
    export = client.get(f"{address}&chart=standings&export=csv").content.decode("utf-8-sig")
    middle = sum(known) / 2
    for text in (card, export):
        assert f"{float(ratio[own.scope] or 0):.3f}" in text
        assert f"{float(middle):.3f}" not in text
        assert f"{float(ratio[other.scope] or 0):.3f}" not in text
        assert other.name_zh not in text
    assert "中位数 " not in card
    assert client.get(f"{address}&chart=standings&export=xlsx").status_code == 200


def test_a_type_has_no_places(own_city: City) -> None:
    client = own_city.client()
    assert 'id="standings"' not in client.get(f"{PAGE}&scope=type:021").content.decode()
