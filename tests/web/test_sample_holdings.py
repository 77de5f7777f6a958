"""The sample city shows what its institutions own and who is a key unit, and says that it is a sample."""

from collections import Counter

from tests.web.conftest import City
from tests.web.html_text import page_of
from tests.web.test_meters import rows_of


def test_the_lists_have_every_thing_and_the_pages_say_that_it_is_a_sample(city: City) -> None:
    client = city.client()
    made = Counter(row.kind for row in city.sample.holdings)
    for kind in ("building", "vehicle", "data_centre", "split_unit"):
        rows = rows_of(client, f"/holdings/?kind={kind}&export=csv")
        assert len(rows) == made[kind] > 3, kind
        assert all("样例数据" in row for row in rows), kind
    code = city.sample.holdings[0].institution
    own = [row for row in city.sample.holdings if row.institution == code]
    assert len(rows_of(client, f"/institutions/{code}/holdings/?export=csv")) == len(own)
    assert "样例数据" in page_of(client.get(f"/institutions/{code}/holdings/?kind=building")).text
    text = page_of(client.get("/keyunits/")).text
    names = dict(city.sample.institutions.select("code", "name").iter_rows())
    assert len(city.sample.key_units) >= 3
    assert all(names[row.institution] in text for row in city.sample.key_units)
    assert "示例节能〔2024〕3号（样例数据）" in text
