"""What must hold between the tables of a catalog before anyone may use it.

Each check refuses with the file, row and column of the row at fault.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Any

from jieyue.catalog.factors import needs
from jieyue.catalog.model import Carrier, Coefficient, Item, RatioCheck, Unit
from jieyue.catalog.persons import check_terms
from jieyue.catalog.reading_rules import check_rules
from jieyue.catalog.strict import BEGINNING, OPEN_END, Placed, check_dated
from jieyue.catalog.tables import TABLES, Tables
from jieyue.catalog.units import folded, is_unit, words_of

#: The unit of each quantity of a coefficient; a trailing slash is followed by the unit it is per.
QUANTITY_UNITS = {
    "kgce": "kgce/",
    "ncv": "kJ/",
    "carbon_content": "tC/GJ",
    "oxidation": "1",
    "kgco2": "kgCO2/",
}

#: Rows and columns that a tile map may have.
MOST_TILES = 60


def check(tables: Tables) -> None:
    """Run every check. Raises `CatalogError` at the first row at fault."""
    for table in TABLES:
        if table.dated:
            check_dated(tables[table.name], table.key_of)
    for run in CHECKS:
        run(tables)


def _known(rows: Iterable[Placed[Any]], column: str, known: Collection[str], zh: str, en: str) -> None:
    for placed in rows:
        value = getattr(placed.row, column)
        for word in value if isinstance(value, tuple) else (value,):
            if word and word not in known:
                placed.refuse(column, f"没有这个{zh}：{word}", f"no such {en}: {word}")


def _by(rows: Iterable[Placed[Any]], column: str = "code") -> dict[str, Any]:
    return {getattr(placed.row, column): placed.row for placed in rows}


def _sources(tables: Tables) -> None:
    for rows in tables.values():
        for placed in rows:
            if placed.row.verified and placed.row.confidence != "high":
                placed.refuse(
                    "verified",
                    "可信度为 high 的事实才能标为已核实",
                    "only a fact of high confidence may be marked as verified",
                )


def _units(tables: Tables) -> None:
    seen: dict[str, str] = {}
    for placed in tables["units"]:
        unit: Unit = placed.row
        if unit.factor <= 0:
            placed.refuse("factor", "换算系数必须大于零", "the factor must be above zero")
        for word in words_of(unit):
            other = seen.setdefault(word, unit.code)
            if other != unit.code:
                placed.refuse(
                    "aliases", f"“{word}”已是单位 {other} 的写法", f"{word!r} already names the unit {other}"
                )
    units, carriers = _by(tables["units"]), _by(tables["carriers"])
    _known(tables["unit_aliases"], "unit", units, "单位", "unit")
    _known(tables["unit_aliases"], "carrier", carriers, "能源品种", "carrier")
    _known(tables["carriers"], "unit", units, "单位", "unit")
    for placed in tables["items"]:
        if placed.row.unit and not is_unit(placed.row.unit, units):
            placed.refuse("unit", "没有这个单位", "no such unit")
    _known(tables["items"], "carrier_unit", units, "单位", "unit")
    _known(tables["thresholds"], "unit", units, "单位", "unit")
    twice: dict[tuple[str, str], int] = {}
    for placed in tables["unit_aliases"]:
        key = (placed.row.carrier, folded(placed.row.alias))
        if twice.setdefault(key, placed.number) != placed.number:
            placed.refuse("alias", "这个写法重复了", "this word stands twice")


def _coefficients(tables: Tables) -> None:
    units: dict[str, Unit] = _by(tables["units"])
    carriers: dict[str, Carrier] = _by(tables["carriers"])
    _known(tables["coefficients"], "carrier", carriers, "能源品种", "carrier")
    per: dict[str, str] = {}
    for placed in tables["coefficients"]:
        row: Coefficient = placed.row
        if row.value < 0:
            placed.refuse("value", "系数不能为负", "a coefficient must not be negative")
        if row.quantity == "oxidation" and row.value > 1:
            placed.refuse("value", "氧化率不能大于1", "an oxidation rate must not exceed 1")
        wanted = QUANTITY_UNITS[row.quantity]
        below = row.unit.removeprefix(wanted) if wanted.endswith("/") else ""
        if (below not in units) if wanted.endswith("/") else (row.unit != wanted):
            example = f"{wanted}{carriers[row.carrier].unit}" if wanted.endswith("/") else wanted
            placed.refuse("unit", f"单位应为 {example} 这样的写法", f"the unit must read like {example}")
        if below and per.setdefault(row.coefficient, below) != below:
            placed.refuse(
                "unit",
                f"与同一系数其他各行的单位不同：{per[row.coefficient]}",
                f"other rows of this coefficient are per {per[row.coefficient]}",
            )


def _sets(tables: Tables) -> None:
    sets, carriers = _by(tables["factor_sets"], "id"), _by(tables["carriers"])
    for column in ("base_set", "tce_set"):
        _known(tables["factor_sets"], column, sets, "因子集", "factor set")
    _known(tables["factor_set_rows"], "set", sets, "因子集", "factor set")
    _known(tables["factor_set_rows"], "carrier", carriers, "能源品种", "carrier")
    members = {(placed.row.set, placed.row.carrier) for placed in tables["factor_set_rows"]}
    for placed in tables["factor_sets"]:
        row = placed.row
        if row.base_set and sets[row.base_set].base_set:
            placed.refuse(
                "base_set", "基础集自身不能再有基础集", "a base set must not have a base of its own"
            )
        if (row.kind == "tco2_per_tce") != bool(row.tce_set):
            placed.refuse(
                "tce_set",
                "tco2_per_tce 类的集须写明标准煤集，其他类不写",
                "a set per tce, and no other, names its standard-coal set",
            )
        if row.remainder and (row.id, row.remainder) not in members:
            placed.refuse("remainder", "此集没有这个品种的因子", "the set has no factor for this carrier")
    known = {(placed.row.coefficient, placed.row.quantity): placed.row for placed in tables["coefficients"]}
    for placed in tables["factor_set_rows"]:
        _member(placed, sets[placed.row.set].kind, carriers[placed.row.carrier], known)


def _member(
    placed: Placed[Any], kind: str, carrier: Carrier, known: dict[tuple[str, str], Coefficient]
) -> None:
    row = placed.row
    unit = {"kgce": f"kgce/{carrier.unit}", "kgco2": f"kgCO2/{carrier.unit}", "tco2_per_tce": "tCO2/tce"}[
        kind
    ]
    if row.unit != unit:
        placed.refuse("unit", f"单位应为 {unit}", f"the unit must be {unit}")
    if (row.how == "value") != (row.value is not None) or (row.how == "value") == bool(row.coefficient):
        placed.refuse(
            "how", "how=value 时填 value，其他时填 coefficient", "fill value for how=value, else coefficient"
        )
    if row.how != "value" and (row.how == "kgce") != (kind == "kgce"):
        placed.refuse(
            "how", f"{row.how} 不能用于 {kind} 类的集", f"{row.how} does not serve a set of kind {kind}"
        )
    for quantity in needs(row.how):
        part = known.get((row.coefficient, quantity))
        if part is None:
            placed.refuse(
                "coefficient", f"{row.coefficient} 没有 {quantity}", f"{row.coefficient} has no {quantity}"
            )
        if part.carrier != carrier.code:
            placed.refuse(
                "coefficient",
                f"{row.coefficient} 属于 {part.carrier}",
                f"{row.coefficient} belongs to {part.carrier}",
            )
        prefix = QUANTITY_UNITS[quantity]
        same = not prefix.endswith("/") or part.unit == f"{prefix}{carrier.unit}"
        if not same and row.per_carrier_unit == 1:
            placed.refuse(
                "per_carrier_unit",
                f"系数单位 {part.unit} 不是每 {carrier.unit}，须写明换算(如密度)",
                f"the coefficient is in {part.unit}, not per {carrier.unit}: state the conversion (a density)",
            )


def _items(tables: Tables) -> None:
    forms, carriers, units = _by(tables["forms"]), _by(tables["carriers"]), _by(tables["units"])
    schemes = _by(tables["schemes"])
    _known(tables["forms"], "summary_of", forms, "报表", "form")
    _known(tables["items"], "form", forms, "报表", "form")
    _known(tables["items"], "carrier", carriers, "能源品种", "carrier")
    for column in ("scheme_from", "scheme_to"):
        _known(tables["items"], column, schemes, "制度版本", "scheme")
    items: dict[str, list[Placed[Any]]] = {}
    for placed in tables["items"]:
        items.setdefault(placed.row.ref, []).append(placed)
        _item(placed, carriers, units)
    _known(tables["items"], "part_of", items, "指标", "item")
    _known(tables["items"], "cost_of", items, "指标", "item")
    for ref, rows in items.items():
        _item_dates(ref, rows, lambda code: schemes[code].valid_from)
        _one_rule(rows)
    _acyclic(items)
    _roles(tables["items"])


#: What the account takes as it stands, so the catalog must not have it in another unit.
ROLE_UNITS = {
    "floor_area": "m2",
    "persons": "person",
    "vehicles": "vehicle",
    "petrol_vehicles": "vehicle",
    "diesel_vehicles": "vehicle",
    "declared_co2": "tCO2",
}


def _roles(rows: Iterable[Placed[Any]]) -> None:
    """In a form one item has a role; `consumption` is held once for each carrier, and a carrier has one item
    that is not part of another: the account would leave out a second one in silence."""
    held: dict[tuple[str, str, str], str] = {}
    counted: dict[tuple[str, str], str] = {}
    for placed in rows:
        item: Item = placed.row
        if item.agg == "flow" and item.carrier and not item.part_of:
            other = counted.setdefault((item.form, item.carrier), item.code)
            if other != item.code:
                placed.refuse("carrier", f"{other} 已是这个品种", f"{other} has this carrier already")
        wanted = ROLE_UNITS.get(item.role)
        if wanted and item.unit != wanted:
            placed.refuse(
                "unit", f"用途为 {item.role} 的指标须以 {wanted} 计", f"a {item.role} must be in {wanted}"
            )
        if item.role == "consumption" and (not item.carrier or item.part_of):
            placed.refuse(
                "role", "消费量须有能源品种且不是其中项", "a consumption needs a carrier and is no part"
            )
        key = (item.form, item.role, item.carrier if item.role == "consumption" else "")
        if item.role and held.setdefault(key, item.code) != item.code:
            placed.refuse("role", f"{held[key]} 已有此用途", f"{held[key]} has this role already")


def _item(placed: Placed[Any], carriers: dict[str, Carrier], units: dict[str, Unit]) -> None:
    item: Item = placed.row
    if item.value_kind == "number" and not item.unit and item.agg != "unknown":
        placed.refuse("unit", "数值指标须有单位", "a numeric item must have a unit")
    if bool(item.stock_rule) != (item.agg == "stock"):
        placed.refuse(
            "stock_rule",
            "存量指标、且只有存量指标，须写明取数规则",
            "a stock, and only a stock, states its rule",
        )
    if item.stock_rule not in ("", "last", "mean"):
        placed.refuse(
            "stock_rule",
            f"核算实现了 last（期末值）和 mean（各期平均），强度的分母另按在册天数折算；没有 {item.stock_rule}",
            f"last (the value at the period's end) and mean (of the periods stated) are implemented, both weighted by "
            f"days in being in a denominator; there is no {item.stock_rule}",
        )
    if bool(item.part_of) != bool(item.part_kind):
        placed.refuse("part_kind", "part_of 与 part_kind 须同时填写", "fill part_of and part_kind together")
    if item.own_code and item.verified:
        placed.refuse(
            "verified", "自有代码不能标为已核实", "a code of our own must not be marked as verified"
        )
    if not item.carrier:
        if item.carrier_unit or item.to_carrier_unit is not None:
            placed.refuse("carrier", "写了换算却没有能源品种", "a conversion without a carrier")
        return
    if item.to_carrier_unit is None or item.carrier_unit != carriers[item.carrier].unit:
        unit = carriers[item.carrier].unit
        placed.refuse(
            "carrier_unit",
            f"{item.carrier} 的单位是 {unit}，并须写明换算",
            f"the unit of {item.carrier} is {unit}; state the conversion",
        )
    one, other = units[item.unit], units[item.carrier_unit]
    if one.dimension != other.dimension or one.factor / other.factor != item.to_carrier_unit:
        placed.refuse(
            "to_carrier_unit",
            f"1 {one.code} 不等于 {item.to_carrier_unit} {other.code}",
            f"1 {one.code} is not {item.to_carrier_unit} {other.code}",
        )


def _item_dates(ref: str, rows: list[Placed[Any]], start: Callable[[str], date]) -> None:
    """Rows of one item must follow one another without overlap or gap in the schemes."""
    ends = sorted(
        (start(p.row.scheme_from), start(p.row.scheme_to) if p.row.scheme_to else OPEN_END, p.number, p)
        for p in rows
    )
    last = None
    for first, end, _, placed in ends:
        if end <= first:
            placed.refuse(
                "scheme_to", "scheme_to 必须晚于 scheme_from", "scheme_to must come after scheme_from"
            )
        if last is not None and first != last:
            placed.refuse("scheme_from", f"{ref} 的各行有重叠或空档", f"rows of {ref} overlap or leave a gap")
        last = end


def _one_rule(rows: list[Placed[Any]]) -> None:
    """A period may run over two schemes: a stock whose rule changes between them has no one value."""
    first = rows[0].row
    for placed in rows[1:]:
        if placed.row.stock_rule != first.stock_rule:
            placed.refuse(
                "stock_rule",
                f"{first.ref} 在另一制度版本中的规则是 {first.stock_rule or '（无）'}；一个指标各版本的规则须相同",
                f"{first.ref} has the rule {first.stock_rule or '(none)'} in another scheme; an item keeps one rule",
            )


def _acyclic(items: dict[str, list[Placed[Any]]]) -> None:
    for ref, rows in items.items():
        seen, at = {ref}, rows[-1].row.part_of
        while at:
            if at in seen:
                rows[-1].refuse("part_of", f"其中项关系成了环：{ref}", f"part_of runs in a circle: {ref}")
            seen.add(at)
            at = items[at][-1].row.part_of


def _regions(tables: Tables) -> None:
    regions, groups = _by(tables["regions"]), _by(tables["region_groups"])
    nodes = {**regions, **groups}
    for column in ("parent", "inside"):
        _known(tables["regions"], column, regions, "地区", "region")
    for column in ("group", "subgroup"):
        _known(tables["regions"], column, groups, "地区分组", "region group")
    _known(tables["region_groups"], "parent", nodes, "地区或分组", "region or group")
    for column in ("from_code", "to_code"):
        _known(tables["region_changes"], column, regions, "地区", "region")
    _known(tables["region_old_codes"], "code", regions, "地区", "region")
    _known(tables["tiles"], "region", regions, "地区", "region")
    for placed in tables["tiles"]:
        for column in ("row", "column"):
            if not 1 <= getattr(placed.row, column) <= MOST_TILES:
                placed.refuse(
                    column,
                    f"方格图的行、列为 1 到 {MOST_TILES}",
                    f"rows and columns of the tile map count from 1 to {MOST_TILES}",
                )
    for placed in tables["region_old_codes"]:
        if placed.row.old_code in nodes:
            placed.refuse("old_code", "旧代码不能仍是现用代码", "an old code must not still be in use")
    check_dated(tables["tiles"], lambda tile: (tile.row, tile.column), gaps=False)
    for placed in (*tables["regions"], *tables["region_groups"]):
        seen, at = {placed.row.code}, placed.row.parent
        while at:
            if at in seen:
                placed.refuse("parent", "上级关系成了环", "parents run in a circle")
            seen.add(at)
            at = nodes[at].parent


def _types(tables: Tables) -> None:
    types = _by(tables["institution_types"])
    _known(tables["institution_types"], "parent", types, "机构类型", "institution type")
    columns = {p.row.code for p in tables["code_lists"] if p.row.list == "summary_column"}
    _known(tables["institution_types"], "column", columns, "汇总列", "summary column")


def _grid(tables: Tables) -> None:
    for placed in tables["grid_factors"]:
        if placed.row.value < 0:
            placed.refuse("value", "因子不能为负", "a factor must not be negative")
        if placed.row.kind in ("derived", "recalled", "legacy", "other") and not placed.row.key:
            placed.refuse(
                "key",
                "非公布的因子只能按名称选用，须有 key",
                "a factor that was not published needs a key: it is chosen only by name",
            )


def _indicators(tables: Tables) -> None:
    units = _by(tables["units"])
    for placed in tables["indicators"]:
        if not is_unit(placed.row.unit.replace("<unit>", "piece"), units):
            placed.refuse("unit", "没有这个单位", "no such unit")
        if not 0 <= placed.row.decimals <= 10:
            placed.refuse("decimals", "小数位数须在0到10之间", "decimals must be between 0 and 10")


def _ratios(tables: Tables) -> None:
    units, forms = _by(tables["units"]), _by(tables["forms"])
    items = {placed.row.ref: placed.row for placed in tables["items"] if placed.row.value_kind == "number"}
    _known(tables["ratio_checks"], "form", forms, "报表", "form")
    for placed in tables["ratio_checks"]:
        row: RatioCheck = placed.row
        above, _, below = row.unit.partition("/")
        if above not in units or below not in units:
            placed.refuse("unit", "应为两个单位之比，如 tCO2/GJ", "must be a quotient, as tCO2/GJ")
        for column, codes, unit in (
            ("numerator", row.numerator, above),
            ("denominator", row.denominator, below),
        ):
            for code in codes:
                item = items.get(f"{row.form}:{code}")
                if item is None:
                    placed.refuse(column, f"没有数值指标 {code}", f"no numeric item {code}")
                if item.unit not in units or units[item.unit].dimension != units[unit].dimension:
                    placed.refuse(column, f"{code} 不能以 {unit} 计", f"{code} does not convert to {unit}")
        if row.low is None and row.high is None:
            placed.refuse("low", "上限、下限至少写一个", "state a lower or an upper limit")
        if row.rounding < 0 or (row.low is not None and row.high is not None and row.low > row.high):
            placed.refuse("low", "界限有误", "the limits are not in order")


def _schemes(tables: Tables) -> None:
    codes: set[str] = set()
    for placed in tables["schemes"]:
        if placed.row.code in codes:
            placed.refuse(
                "code",
                "同一制度版本成了两段：请检查各版本的起止日期",
                "one scheme holds twice: check the days on which the schemes begin and end",
            )
        codes.add(placed.row.code)
    earliest = [p for p in tables["schemes"] if p.row.serves_earlier]
    first = min((p.row.valid_from for p in tables["schemes"]), default=BEGINNING)
    for placed in earliest:
        if placed.row.valid_from != first:
            placed.refuse(
                "serves_earlier",
                "只有最早的版本可以承接更早的数据",
                "only the first scheme may serve earlier data",
            )


CHECKS: tuple[Callable[[Tables], None], ...] = (
    _sources, _units, _coefficients, _sets, _schemes, _items, _ratios, _regions, _types, _grid, _indicators,
    check_terms, check_rules,
)  # fmt: skip
