"""Accounts from a file: all rows or none, findings by row, on the page and by the command."""

import re
import stat
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jieyue.apps.identity.models import Grant, User
from tests.cli.command import DONE, REFUSED, USAGE, jieyue
from tests.web.conftest import City
from tests.web.test_people import CODE, holder, node

HEAD = "用户名,姓名,机构代码,角色"


def unit(code: str) -> str:
    """The code of an institution that hangs at a body of the line."""
    from jieyue.apps.registry.queries import codes_of
    from jieyue.apps.trees.queries import members

    (first, *_) = members([node(code)], "line")
    return codes_of([first])[first]


def upload(client, *rows: str):
    file = SimpleUploadedFile("people.csv", "\n".join([HEAD, *rows]).encode())
    return client.post("/people/import/", {"file": file})


def test_a_file_becomes_accounts_and_their_slips(own_city: City) -> None:
    admin = holder("district", "district_admin", at="L-500111")
    own = unit("L-500111")
    answer = upload(admin, f"a.one,甲一,{own},", "b.two,乙二,L-500111,填报人")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert len(set(CODE.findall(text))) == 2
    assert ["甲一" in text, "乙二" in text] == [True, True]
    made = {
        one.user.username: (one.role, one.node) for one in Grant.objects.filter(user__username__contains=".")
    }
    assert {made["a.one"][0], made["b.two"][0]} == {"reporter"}
    assert made["b.two"][1] == node("L-500111")


def test_one_wrong_row_makes_none_and_each_is_named_with_its_row(own_city: City) -> None:
    admin = holder("district", "district_admin", at="L-500111")
    other = unit("L-500106")
    answer = upload(
        admin,
        "good,好,L-500111,",
        "district,已有,L-500111,",
        "good,又来,L-500111,",
        "no spaces here,空格,L-500111,",
        f"their.unit,邻,{other},",
        "no.unit,无,NO-SUCH,",
        "high,高,L-500111,审核人",
        "odd,怪,L-500111,国王",
        "nameless,,L-500111,",
    )
    text = re.sub(r"\s+", " ", answer.content.decode())
    assert answer.status_code == 422
    parts = re.findall(r'▲ [^<]*</span>(.*?)<div class="place">.*?行 (\d+)<', text)
    rows = {int(row): message for message, row in parts}
    assert sorted(rows) == [3, 4, 5, 6, 7, 8, 9, 10]
    for row, words in {
        3: "已有人用",
        4: "同一个键",
        5: "不允许的字符",
        8: "不归您授予",
        9: "国王",
        10: "缺少姓名",
    }.items():
        assert words in rows[row], (row, rows[row])
    # a neighbour's institution and one that nobody has get the same words
    assert rows[6].replace(other, "X") == rows[7].replace("NO-SUCH", "X")
    assert not User.objects.filter(username="good").exists()


@pytest.mark.parametrize("head", [HEAD, "Username,Name,Node,Role", "账号,姓名,机构,角色"])
def test_a_wrong_cell_is_told_by_the_heading_of_its_column(own_city: City, head: str) -> None:
    admin = holder("district", "district_admin", at="L-500111")
    rows = ["odd,怪,L-500111,国王", "nameless,,L-500111,", "no.unit,无,NO-SUCH,", "a b,空格,L-500111,"]
    rows += ["twice,甲,L-500111,", "twice,乙,L-500111,", "high,高,L-500111,审核人"]
    file = SimpleUploadedFile("people.csv", "\n".join([head, *rows]).encode())
    text = re.sub(r"\s+", " ", admin.post("/people/import/", {"file": file}).content.decode())
    places = dict(re.findall(r"<span>行 (\d+)</span><span>列 ([^<]*)</span>", text))
    name, person, place, role = head.split(",")
    assert places == {"2": role, "3": person, "4": place, "5": name, "7": name, "8": role}
    assert f"“国王”不是“{role}”允许的值。" in text


def test_a_column_that_is_not_there_is_named_as_it_may_be_headed(own_city: City) -> None:
    admin = holder("district", "district_admin", at="L-500111")
    file = SimpleUploadedFile("people.csv", "角色\n填报人\n".encode())
    text = admin.post("/people/import/", {"file": file}).content.decode()
    asked = re.findall("缺少必需的列“([^”]*)”", text)
    assert asked == ["用户名 username", "姓名 name", "机构代码 institution"]


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"a,b\n1,2\n", "用户名,姓名\n甲,乙\n".encode()])
def test_a_file_that_is_none_is_refused_with_words(own_city: City, content: bytes) -> None:
    admin = holder("district", "district_admin", at="L-500111")
    before = User.objects.count()
    answer = admin.post("/people/import/", {"file": SimpleUploadedFile("people.csv", content)})
    assert answer.status_code == 422
    assert admin.post("/people/import/", {}).status_code == 422
    assert User.objects.count() == before


def test_the_command_writes_the_codes_where_only_the_owner_reads(own_city: City, tmp_path: Path) -> None:
    file, slips = tmp_path / "people.csv", tmp_path / "slips.csv"
    file.write_text(f"{HEAD}\n=cmd,甲,L-500111,\n", encoding="utf-8")
    wrong = jieyue(own_city.path, "people", "import", file, "--slips", slips)
    assert (wrong.code, wrong.document["made"], slips.exists()) == (REFUSED, 0, False)
    file.write_text(f"{HEAD}\na.zero,零,L-500111,审计查阅员\n", encoding="utf-8")
    refused = jieyue(own_city.path, "people", "import", file, "--slips", slips)
    assert (refused.code, slips.exists()) == (REFUSED, False), (
        "no empty file stands in the way of the next try"
    )
    file.write_text(f"{HEAD}\na.one,=甲(),L-500111,\nb.two,乙,L-500106,审核人\n", encoding="utf-8")
    assert jieyue(own_city.path, "people", "import", file).code == USAGE
    looked = jieyue(own_city.path, "people", "import", file, "--dry-run")
    assert (looked.code, looked.document["accepted"], looked.document["made"]) == (DONE, 2, 0)
    assert not User.objects.filter(username="a.one").exists()
    made = jieyue(own_city.path, "people", "import", file, "--slips", slips)
    assert (made.code, made.document["made"]) == (DONE, 2)
    assert stat.S_IMODE(slips.stat().st_mode) == 0o600
    text = slips.read_text(encoding="utf-8-sig")
    assert len(set(CODE.findall(text))) == 2
    assert "'=甲()" in text
    again = jieyue(own_city.path, "people", "import", file, "--slips", slips)
    assert again.code == REFUSED
