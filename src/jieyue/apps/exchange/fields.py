"""The columns of our own files: field names with their Chinese and English headings, all equal."""

from jieyue.apps.exchange.match import key

INSTITUTIONS: dict[str, tuple[str, ...]] = {
    "code": ("机构代码", "代码", "单位代码", "机构编码", "编码", "institution code", "institution_code"),
    "name": ("机构名称", "名称", "单位名称", "单位详细名称", "institution name", "full_name", "full name"),
    "type": ("机构类型", "类型", "单位性质", "公共机构类型", "institution type", "org_type"),
    "level": ("级别", "级次", "行政级别", "层级", "admin_level", "administrative level"),
    "region": (
        "地区", "区县", "所在区县", "所在地区", "行政区划", "行政区划代码", "区划代码", "area", "area_code", "district",
        "division code",
    ),
    "department": ("主管部门", "部门", "部门系统", "主管机构", "系统", "supervising department"),
    "reporting_parent": ("报送上级", "报送关系", "上级管理机构", "上级机构", "审核机构", "reporting parent"),
    "reporting_unit": ("填报单元", "填报单位", "由谁填报", "reporting unit"),
    "credit_code": ("统一社会信用代码", "信用代码", "社会信用代码", "unified social credit code", "uscc"),
    "floor_area_m2": ("建筑面积", "总建筑面积", "floor area", "floor_area", "building floor area"),
    "energy_users": ("用能人数", "energy users", "energy-using persons", "persons"),
    "students": ("学生人数", "学生数", "在校学生数"),
    "boarders": ("住宿人数", "寄宿学生数", "住校生数", "boarding students"),
    "beds": ("床位数", "床位", "编制床位", "编制床位数", "实有床位数"),
    "vehicles": ("车辆数", "车辆总量", "车辆数量", "公务用车数量", "vehicles, total"),
    "nev_vehicles": ("新能源汽车数量", "新能源车数量", "新能源车辆数", "new-energy vehicles", "nev"),
    "rooms": ("机房编号", "机房", "数据中心机房", "是否有数据中心机房", "有无机房", "have_room", "data-centre rooms"),
    "room_count": ("机房数量", "机房数", "room_num", "number of rooms"),
    "heating": ("是否采暖", "采暖", "是否供暖", "is_heating", "heated"),
    "sensitive": ("是否敏感", "敏感", "敏感机构", "is_sensitive"),
    "office_mode": ("办公形式", "办公方式", "office mode"),
    "lon": ("经度", "longitude", "lng"),
    "lat": ("纬度", "latitude"),
    "coord_sys": ("坐标系", "坐标系统", "coordinate system"),
    "aliases": ("别名", "曾用名", "简称", "单位简称", "alias", "short_name"),
    "valid_from": ("生效日期", "成立日期", "起始日期", "启用日期", "valid from", "start date"),
    "valid_to": ("失效日期", "撤销日期", "终止日期", "停用日期", "valid to", "end date"),
}  # fmt: skip

RETURNS: dict[str, tuple[str, ...]] = {
    "institution": ("机构", "单位", "填报机构", "填报单位", "公共机构"),
    "code": INSTITUTIONS["code"],
    "name": INSTITUTIONS["name"],
    "credit_code": INSTITUTIONS["credit_code"],
    "period": ("期间", "报告期", "报表期", "统计期", "所属期", "时间", "reporting period"),
    "period_end": ("期间止", "截止日期", "period end"),
    "year": ("年度", "年份", "年", "报告年度", "data year"),
    "month": ("月份", "月", "报告月份"),
    "quarter": ("季度", "季"),
    "instance": ("机房编号", "机房序号", "机房", "实例", "room", "room number"),
    "item": ("指标", "指标代码", "项目", "指标编号", "item code"),
    "value": ("数值", "值", "数量", "指标值", "本期数"),
    "unit": ("单位", "计量单位", "指标单位", "unit of measure"),
}  # fmt: skip

#: Words that foreign files use. They offer a field to a person, nothing is mapped by them.
HINTS: dict[str, tuple[str, ...]] = {
    "code": ("id", "property id", "building id", "site id", "facility id", "unique id"),
    "name": (
        "property name",
        "building name",
        "site name",
        "facility name",
        "property",
        "building",
        "facility",
    ),
    "type": (
        "property type",
        "building type",
        "primary property type",
        "property use type",
        "use",
        "category",
    ),
    "region": (
        "city",
        "county",
        "borough",
        "neighborhood",
        "ward",
        "district",
        "state/province",
        "postal code",
    ),
    "department": ("organization", "owner", "agency", "operator"),
    "floor_area_m2": ("gross floor area", "property floor area", "gfa", "gba", "total area", "square feet"),
    "lat": ("lat", "y"),
    "lon": ("lon", "long", "x"),
    "valid_from": ("opening date", "year built"),
    "institution": ("property id", "building id", "site id", "property name", "building name", "id"),
    "period": ("year ending", "month", "start date", "reporting year", "data year", "date"),
    "period_end": ("end date",),
    "item": ("meter type", "fuel type", "energy type", "commodity", "metric"),
    "value": ("usage", "usage/quantity", "consumption", "amount", "quantity"),
    "unit": ("usage units", "units", "unit of measure", "uom"),
}

#: Quantities of the registry and the unit in which they are stored.
QUANTITIES: dict[str, str] = {
    "floor_area_m2": "m2", "energy_users": "person", "students": "person", "boarders": "person", "beds": "piece",
    "vehicles": "vehicle", "nev_vehicles": "vehicle",
}  # fmt: skip
REQUIRED = ("code", "name", "type", "region", "valid_from")


def words_of(table: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Heading as compared → field name; a field's own name is one of its headings.

    >>> words_of(INSTITUTIONS)[key("机构 名称")]
    'name'
    """
    return {word: names[0] for word, names in all_words_of(table).items()}


def all_words_of(table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Heading as compared → every field it may name: 单位 is an institution or a unit of measure."""
    found: dict[str, list[str]] = {}
    for name, words in table.items():
        for word in (name, name.replace("_", " "), *words):
            names = found.setdefault(key(word), [])
            if name not in names:
                names.append(name)
    return {word: tuple(names) for word, names in found.items()}
