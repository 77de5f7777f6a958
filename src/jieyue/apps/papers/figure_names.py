"""What a number of a paper is, in Chinese: the indicator's name, what was made of it, what was counted."""

import re

from jieyue.apps.accounts.change_words import NAMES as EFFECTS
from jieyue.apps.papers.content import Number
from jieyue.apps.papers.words import indicator_zh
from jieyue.apps.publication.rules import home_catalog, home_plan, plan
from jieyue.apps.targets.standing_words import NAMES
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.plan_model import Plan
from jieyue.catalog.strict import CatalogError

#: What is made of an indicator, before its name.
_MADE = {
    "yoy": "同比", "mom": "环比", "lfl": "可比", "pp": "变化百分点", "chg": "变化率", "moved": "追溯差额",
    "p20": "P20", "p50": "P50", "p80": "P80", "rank": "排名", "gap": "与限值的差距", "margin": "与限值相差",
    "break_even": "改变结论所需变化", "step": "本年变化", "step_asked": "规划要求的年均变化",
    "progress": "目标进度", "like_for_like": "可比机构数", "path": "路径值", "base": "基期值", "target": "规划目标",
    "change": "规划降幅", "rule": "按规划降幅推得的限值", "also": "规划的另一控制值", "corrected": "公布后更正份数",
    "first": "首次公布合计", "now": "现行合计", "corrected_by": "更正幅度", "stated": "新填份数",
    "withdrawn": "撤去份数", "relative": "变化率", "alike": "可比机构变化率", "alike_change": "可比机构变化量",
    "effect": "变化的原因之一", "points": "比重变化", "share": "占比", "ratio": "比值", "difference": "差额",
    "count": "个数", "size_effect": "规模变化的影响", "intensity_effect": "强度变化的影响",
    "quantity_effect": "用量变化的影响", "price_effect": "单价变化的影响",
    "moved.old": "原区划各单位合计", "moved.now": "现区划各单位合计",
    "sum.key_units": "，重点用能单位合计", "share.key_units": "，重点用能单位占全部",
    **{code: zh for code, (zh, _en) in NAMES.items()},
    **{f"effect.{code}": f"变化：{zh}" for code, (zh, _en) in EFFECTS.items()},
}  # fmt: skip
#: What is counted or made of several, by its whole code.
_WHOLE = {
    "due": "应报份数", "collected": "已报份数", "approved": "已审份数", "overdue": "逾期份数",
    "returned": "退回待改份数", "missing": "未报份数", "on_time": "按时份数", "late": "逾期报来份数",
    "not_approved": "未报或未审份数", "approved_share": "已审比", "collected_share": "已报比",
    "on_time_share": "按时比", "below_threshold": "完整率未达单位数",
    "completeness.weighted": "按上年用能加权的完整率", "completeness_final": "终值的完整率门槛",
    "findings.errors": "审核错误", "findings.unexplained": "异常未说明", "findings.explained": "已说明待核",
    "findings.accepted": "说明已采纳", "findings.gone": "已改正", "findings.changed": "同比变化大而未说明的家数",
    "findings.told": "同比变化大、已说明的家数",
    "findings.units": "疑似单位错误", "findings.copies": "照抄另一期或另一机构", "findings.others": "其余异常",
    "findings.standing": "其他问题未了结项数", "limit.on_year": "同比变化的审核限值", "members": "代报机构数",
    "findings.whole": "其他问题项数", "findings.silent": "审核发现到期未报", "sent_back": "退回过份数",
    "sent_back_share": "退回率", "findings.open": "未了结的问题", "behind": "未报与逾期",
    "corrected": "公布后更正份数", "corrected.items": "更正的项目数", "corrected_share": "更正率",
    "lateness.on_time": "按时份数", "lateness.late": "逾期报来份数", "lateness.late_3": "逾期3日以内份数",
    "lateness.late_7": "逾期4至7日份数", "lateness.late_15": "逾期8至15日份数",
    "lateness.late_more": "逾期15日以上份数", "lateness.none": "至今未报份数", "spot.drawn": "抽中机构",
    "spot.looked": "已查机构", "spot.differing": "与凭据不符机构", "spot.cells": "核对格数",
    "spot.agreeing_share": "抽查相符率", "spot_checks": "质量抽查次数", "silent": "应报未报机构数",
    "key_units": "重点用能单位家数", "key_units.missing": "没有全年数的重点用能单位家数",
    "plan.contradictions": "规划文本不一致处", "tasks": "可计数的任务", "tasks.done": "完成的任务",
    "tasks.not_done": "未完成的任务", "tasks.no_data": "无数据的任务", "tasks.open": "未完成或未申报的任务",
    "evidence.measured": "表计和账单占比", "evidence.estimated": "推算占比", "margin": "与限值相差",
    "time": "时间进度", "electricity_factor": "电力排放因子", "factor": "规划隐含的电力排放因子",
    "factor(of-year)": "当年公布的电力排放因子", "share(not_reported)": "未报机构上年用能占比",
    "share(year)": "上年同期占全年", "share(control)": "累计占控制数", "share(unmeasured)": "推算和申报占比",
    "at_stake": "涉及能源", "peer_n": "同类样本数", "peer_percentile": "同类百分位", "n(binding)": "约束性指标个数",
    "n(expected)": "预期性指标个数", "n(kept,binding)": "约束性指标达到个数",
    "n(kept,expected)": "预期性指标达到个数", "n(passed,binding)": "约束性指标未达到个数",
    "n(passed,expected)": "预期性指标超过个数", "n(no_data)": "无数据指标个数",
    "n(provisional)": "按初步数判断的个数", "n(ranked)": "参与排序个数", "n(trials)": "检验项数",
    "n(turning)": "改变结论项数", "undivided": "只有公布总数的部分", "n(finding)": "待改正项数",
}  # fmt: skip
_OF = re.compile(r"(?P<made>[\w.]+)\((?P<of>[^()]+)\)(?:@(?P<year>\d{4}))?")
_PEERS = re.compile(r"(?:peer_)?p(?P<share>\d+)")


def name_of(number: Number) -> str:
    """The name; the code itself where nobody has named it."""
    return _whole(number.code, number) or number.code


def _whole(code: str, number: Number) -> str:
    if code in _WHOLE:
        return _WHOLE[code].replace("份数", "家数") if number.unit == "家" else _WHOLE[code]
    made = _OF.fullmatch(code)
    if made is not None:
        return _made(made, number)
    if (peers := _PEERS.fullmatch(code)) is not None:
        return f"同类P{peers['share']}"
    return _indicator(code) or _of_plan(code, number) or _of_counts(code, number)


def _made(found: re.Match[str], number: Number) -> str:
    of, what = found["of"], found["made"]
    if what == "n":
        return f"{_type(of)}样本数" if _type(of) else ""
    lead = _MADE.get(what, "")
    if of == "others":
        return f"其余各项{lead}" if lead else ""
    name = _indicator(of) or _item(of, number)
    year = f"{found['year']}年" if found["year"] else ""
    return f"{name}{year}{lead}" if lead and name else ""


def _of_counts(code: str, number: Number) -> str:
    """A count of a body's own returns, a share of lateness, the rest of a list."""
    if code.startswith("own."):
        name = _whole(code.removeprefix("own."), number)
        return f"本级{name}" if name else ""
    if code.startswith("lateness_share."):
        name = _WHOLE.get(code.replace("_share", ""), "")
        return f"{name}占比" if name else ""
    if code.endswith(".rest"):
        name = _whole(code.removesuffix(".rest"), number)
        return f"其余{name}" if name else "其余各项"
    if code.endswith(".of"):
        name = _of_plan(code.removesuffix(".of"), number)
        return f"{name}的分母" if name else ""
    return ""


def _indicator(code: str) -> str:
    try:
        return indicator_zh(code)
    except UnknownRuleError:
        return ""


def _item(code: str, number: Number) -> str:
    """An item of the form whose list of corrections the receipt names."""
    for part in number.receipt.split("/"):
        try:
            return home_catalog().item(f"{part}:{code}").name_zh
        except UnknownRuleError:
            continue
    return ""


def _type(scope: str) -> str:
    kind, _, code = scope.partition(":")
    row = home_catalog().types.get(code) if kind == "type" else None
    return row.name_zh if row else ""


def _of_plan(code: str, number: Number) -> str:
    """A task, a declared number or a statement of the plan that the number is of."""
    own = _plan_of(number)
    if own is None:
        return ""
    names = [task.name_zh for task in own.tasks if task.code == code]
    names += [own.declared[code].name_zh] if code in own.declared else []
    names += [one.name_zh for one in own.statements if one.id == code]
    return names[0] if names else ""


def _plan_of(number: Number) -> Plan | None:
    """The plan that a number's clause or receipt names, else the home's."""
    said = number.clause.partition(" ")[0]
    if number.receipt.startswith("task/"):
        said = number.receipt.split("/")[1]
    if not said or said == home_plan().id:
        return home_plan()
    try:
        return plan(said)
    except CatalogError:
        return None
