"""`jieyue plan status` of a plan that names no CO2 factor set: what it has is judged, a set can be chosen."""

import shutil
from pathlib import Path

from jieyue.catalog.plan import PLANS
from tests.cli import desk
from tests.cli.command import DONE, REFUSED, jieyue

CO2 = {"co2_total_t", "co2_per_area_kg_m2"}


def test_a_plan_without_a_factor_set(home: Path) -> None:
    """A's 100,000 kWh: 12.29 tce; with 0.5 kg/kWh 50 t; on 8,000 m² 1.53625 kgce and 6.25 kg."""
    file = home.parent / "returns.csv"
    unused = [
        ["A", "2024", f"NY201:{item}", "不使用", ""] for item in ("130", "140", "150", "160", "170", "180")
    ]
    rows = [
        desk.LONG,
        ["A", "2024", "NY201:110", 100000, "kWh"],
        ["A", "2024", "NY201:102", 8000, "m2"],
        *unused,
    ]
    file.write_bytes(desk.table(rows))
    assert jieyue(home, "import", "returns", file, "--form", "NY201", "--publish").code == DONE

    for plan, year in (("national-14fyp", 2024), ("national-15fyp", 2026)):
        said = jieyue(home, "plan", "status", plan, "--year", year)
        assert said.code == DONE, said.stderr
        carbon = [row for row in said.document if row["indicator"] in CO2]
        assert carbon
        for row in carbon:
            assert (row["status"], row["actual"]) == ("no_data", None)
            assert row["words_zh"] == "无数据：规划没有指明碳排放因子组；可选定一组另算"
    found = {
        row["indicator"]: row
        for row in jieyue(home, "plan", "status", "national-14fyp", "--year", 2024).document
    }
    assert (found["energy_total_tce"]["actual"], found["energy_total_tce"]["status"]) == ("12.29", "on_path")
    assert found["energy_per_area_kgce_m2"]["actual"] == "1.53625"

    words = ("plan", "status", "national-14fyp", "--year", 2024, "--factor-set", "jst-303-2026")
    chosen = {row["indicator"]: row for row in jieyue(home, *words, "--electricity-factor", "0.5").document}
    assert chosen["co2_total_t"]["actual"] == "50"
    assert chosen["co2_per_area_kg_m2"]["actual"] == "6.25"
    assert {code for code, row in chosen.items() if not row["own_method"]} == CO2
    shown = jieyue(home, *words, "--electricity-factor", "0.5", as_json=False, lang="en").stdout
    assert "own method" in shown


def test_a_set_that_there_is_not(home: Path) -> None:
    said = jieyue(home, "plan", "status", "national-14fyp", "--year", 2024, "--factor-set", "nobody")
    assert said.code == REFUSED
    assert "没有因子组“nobody”" in said.stderr


def test_what_a_plan_issues_to_nobody_is_told_beside_the_figures(home: Path) -> None:
    folder = home.parent / "chongqing-14fyp"
    shutil.copytree(PLANS / "chongqing-14fyp", folder)
    (folder / "issued.csv").write_text(
        "scope,code,printed_unit,scale,base,target,target_op,change_pct,attribute,path,verified,source,note\n"
        "area:500999,energy_total_tce,吨标准煤,1,,12,<=,,binding,,no,示例〔2021〕7号,\n",
        "utf-8",
    )
    said = jieyue(home, "plan", "status", folder, "--year", 2024)
    assert said.code == DONE
    assert len(said.document) == 7
    assert "issued.csv 第 2 行 scope 列：没有“area:500999”这个口径" in said.stderr
    assert (
        "column scope: there is no scope area:500999"
        in jieyue(home, "plan", "status", folder, "--year", 2024, lang="en").stderr
    )
