"""The pages of the city, one address for each form of each."""

from tests.web.conftest import City

TREES = ("line", "area", "department", "type")
VIEWS = ("core", "energy", "carbon", "cost")


def plain() -> list[str]:
    """Pages that are there in every home, empty or full."""
    return [
        "/",
        "/plan/",
        "/overview/",
        "/overview/?compute=1",
        "/plan/tasks/",
        "/plan/sensitivity/",
        "/plan/sensitivity/?compute=1",
        "/plan/brief/",
        "/plan/brief/?compute=1",
        "/plan/tasks/?state=no_data&chapter=4.4&owner=institution",
        "/overview/?part=attention",
        "/quality/",
        "/quality/?compute=1",
        *(f"/data/{tree}/" for tree in TREES),
        "/map/",
        "/map/?by=line&show=change",
        "/summary/",
        "/summary/?basis=unapproved",
        "/summary/?basis=reported",
        "/summary/cross/",
        "/change/",
        *(f"/data/line/?view={view}" for view in VIEWS),
        "/data/line/?list=institutions",
        "/institutions/",
        "/institutions/?q=x",
        "/returns/",
        "/returns/workbook/",
        "/worklist/",
        "/worklist/?period=2026-09&reach=all&sort=-at",
        "/help/",
        "/dictionary/",
        "/board/",
        "/board/?period=2026-09&kind=missing",
        "/joint/",
        "/joint/call/",
        "/joint/call/?period=2026-09",
        "/spotchecks/",
        "/papers/",
        "/papers/?state=ready",
        "/theirs/",
        "/theirs/tables/",
        "/outward/",
        "/disclosure/",
        "/review/",
        "/review/?period=2026-09&state=gone",
        "/import/",
        "/meters/",
        "/meters/?state=silent&parent=top&month=2025-01",
        "/meters/new/",
        "/meters/quality/",
        "/meters/heat/",
        "/meters/publish/",
        "/meters/calibration/",
        "/meters/equipping/",
        "/meters/balance/",
        "/meters/heat/?month=2025-01",
        "/people/",
        "/people/?q=x",
        "/people/new/",
        "/people/handed/",
        "/people/import/",
        "/jobs/",
        "/wall/devices/",
        "/map/boundaries/",
        "/account/",
        "/style/",
    ]


def of_city(city: City) -> list[str]:
    """Pages of the full city beyond those."""
    code = school(city)
    district = "line:L-500111"
    return [
        "/plan/?period=2022",
        "/overview/?period=2025&compute=1&indicator=water_total_m3",
        "/overview/?period=2026-09&compute=1&population=alike",
        f"/overview/?scope={district}&period=2026-08..2026-09&compute=1",
        "/overview/?scope=type:021&compute=1",
        "/map/?period=2025&indicator=energy_total_tce&show=change&boundaries=2025-10-31",
        "/map/?period=2026-09&indicator=water_total_m3&by=line&size=small",
        f"/overview/?scope={district}&period=2026-09&part=attention",
        f"/quality/?scope={district}&period=2026-09&compute=1",
        "/data/area/?scope=area:500111&period=2025&view=carbon",
        "/data/line/?period=2026-09",
        "/data/line/?period=2026-08..2026-09",
        f"/data/line/?scope={district}&period=2025",
        f"/data/line/?scope={district}&period=2025&list=institutions&page=1",
        "/data/type/?scope=type:021&period=2025&list=institutions&view=cost",
        "/data/line/?period=2025&sort=-energy_total_tce",
        "/summary/?period=2025",
        "/summary/?period=2026-09&basis=unapproved",
        "/summary/?form=NY302&period=2025",
        "/summary/?body=L-500111&period=2025",
        "/summary/cell/?period=2025&item=110&column=S004",
        "/summary/cell/?period=2026-09&item=100",
        "/summary/cross/?period=2025&rows=department&columns=items&item=110&item=120",
        "/summary/cross/?period=2026-09&rows=level&columns=period",
        "/change/?period=2025",
        f"/change/?scope={district}&period=2025&indicator=co2_per_area_kg_m2&list=not_reported",
        "/change/?scope=city&period=2026-09",
        "/institutions/?page=2",
        "/institutions/?type=021&area=500111",
        f"/institutions/{code}/?compute=1",
        f"/returns/{code}/NY201/2026-09/",
        f"/returns/{code}/NY201/2026-10/",
        f"/institutions/{code}/profile/?compute=1",
        f"/institutions/{code}/profile/?compute=1&period=2024",
        f"/institutions/{code}/register/",
        "/source/?scope=city&indicator=co2_per_area_kg_m2&period=2025",
        f"/source/?scope=institution:{code}&indicator=energy_total_tce&period=2025",
    ]


def school(city: City) -> str:
    """The code of the school of the first task, which files by itself."""
    return str(city.sample.cases["T1"]["institution"])
