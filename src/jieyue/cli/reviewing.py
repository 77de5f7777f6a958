"""`jieyue review …`: rules over the returns, what they find, what other rules would, and how a set is released."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import OPERATOR, REFUSED, emit, fail, options, say, table, text, with_home

if TYPE_CHECKING:
    from jieyue.catalog.ruleset import RuleRow
    from jieyue.domain.period import Period

app = typer.Typer(no_args_is_help=True, help="审核：规则和问题 / review: rules and findings")
SHOWN = 50

Form = Annotated[str, typer.Option("--form", help="报表，默认 NY201")]
When = Annotated[str, typer.Option("--period", help="2026-10 | 2025 | 2026-01..2026-10（其中各月）")]
Rules = Annotated[str, typer.Option("--rules", help="规则集，默认产品的")]


@app.command("check")
@with_home
def check(
    period: When,
    form: Form = "NY201",
    rules: Rules = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，不记录")] = False,
) -> None:
    """按规则审核各单位的报表；有差错则退出码 1。 Judge the returns; exit 1 if there are errors.

    给了 --rules 时只看不记录。With --rules nothing is kept.
    """
    from jieyue.apps.review.releases import of_home
    from jieyue.apps.review.services.check_returns import check_returns, look

    wanted = _periods(period)
    found = look(form, wanted, rules=of_home(rules) if rules else None)
    dry_run = dry_run or bool(
        rules
    )  # what is kept is the default rules'; another set is looked at and compared
    counts = dict(sorted(Counter(flag.rule for flag in found.flags).items()))
    errors = sum(flag.severity == "error" for flag in found.flags)
    if not dry_run:
        check_returns(form, wanted, actor=OPERATOR, found=found)
    if options.json:
        emit(
            {
                "form": form,
                "periods": [str(one) for one in wanted],
                "ruleset": found.rules.id,
                "ruleset_digest": found.rules.digest,
                "returns": found.returns,
                "findings": len(found.flags),
                "errors": errors,
                "by_rule": counts,
                "unset": found.unset,
                "stored": not dry_run,
            }
        )
    else:
        _counts(counts, {row.code: row for row in found.rules.rows})
    say(
        f"{found.returns} 份报表，{len(found.flags)} 个问题，其中差错 {errors} 个",
        f"{found.returns} returns, {len(found.flags)} findings, {errors} of them errors",
    )
    if found.unset:
        say(
            f"限值未设、没有判断的规则：{'、'.join(found.unset)}",
            f"rules that judged nothing for a limit is not set: {', '.join(found.unset)}",
        )
    if errors:
        raise typer.Exit(REFUSED)


@app.command("findings")
@with_home
def findings(
    period: When,
    form: Form = "NY201",
    rule: Annotated[str, typer.Option("--rule", help="只看一条规则")] = "",
    state: Annotated[str, typer.Option("--state", help="open | explained | accepted | gone")] = "open",
) -> None:
    """列出记录下来的问题。 List the findings that were kept."""
    from jieyue.apps.review.queries import STATES, kept, shown

    if state not in STATES:
        raise typer.BadParameter(" | ".join(STATES), param_hint="--state")
    ordered = kept(form, [str(one) for one in _periods(period)], state=state, rule=rule)
    if options.json:
        emit([row.as_dict() for row in shown(ordered)])
        return
    total = ordered.count()
    table(
        text(f"{period} 的问题", f"Findings of {period}"),
        [text(*pair) for pair in _HEADS],
        [
            (
                row.code,
                row.name,
                row.period,
                row.rule,
                text(row.item_zh, row.item_en),
                row.value,
                text(row.rule_zh, row.rule_en),
                text("；", "; ").join(
                    f"{text(one.name_zh, one.name_en)} {one.value} {one.unit}".rstrip() for one in row.numbers
                ),
            )
            for row in shown(ordered[:SHOWN])
        ],
        right=[5],
    )
    if total > SHOWN:
        say(
            f"共 {total} 个，这里列出 {SHOWN} 个；用 --json 取全部",
            f"{total} in all, {SHOWN} listed here; --json gives all",
        )


_HEADS = (
    ("代码", "code"),
    ("单位", "institution"),
    ("期间", "period"),
    ("规则", "rule"),
    ("指标", "item"),
    ("填报", "reported"),
    ("应当", "should be"),
    ("依据", "judged by"),
)


@app.command("try")
@with_home
def try_rules(
    rules: Annotated[str, typer.Argument(help="要试的规则集")],
    period: When,
    form: Form = "NY201",
    against: Annotated[str, typer.Option("--against", help="与它相比，默认产品的规则集")] = "",
) -> None:
    """在过去的数据上试一个规则集，不记录。 Try a rule set on past data; nothing is stored."""
    from jieyue.apps.review.releases import held_on, of_home
    from jieyue.apps.review.services.try_rules import try_rules as compare

    wanted = _periods(period)
    new, old = of_home(rules), of_home(against) if against else held_on(wanted[-1].last_day)
    found = compare(new, old, form, wanted)
    if options.json:
        emit({**found.as_dict(), "ruleset": new.rules.id, "against": old.rules.id})
        return
    table(
        text(f"{new.rules.id} 与 {old.rules.id}", f"{new.rules.id} and {old.rules.id}"),
        [text("规则", "rule"), new.rules.id, old.rules.id],
        [(rule, *counts) for rule, counts in found.by_rule.items()],
        right=[1, 2],
    )
    say(
        f"{found.returns} 份报表中有问题的：{found.flagged[0]} 份，原来 {found.flagged[1]} 份",
        f"of {found.returns} returns {found.flagged[0]} are flagged, {found.flagged[1]} before",
    )
    if found.tables:
        say(
            f"{found.tables} 张综合表中有问题的：{found.flagged_tables[0]} 张，原来 {found.flagged_tables[1]} 张",
            f"of {found.tables} summary tables {found.flagged_tables[0]} are flagged, {found.flagged_tables[1]} before",
        )


@app.command("propose")
@with_home
def propose(
    rules: Annotated[str, typer.Argument(help="要启用的规则集，连同本地价目")],
    holds_from: Annotated[str, typer.Option("--from", help="从哪一天起（期间的最后一天在此之后的）")],
    reason: Annotated[str, typer.Option("--reason", help="理由")] = "",
) -> None:
    """提出启用一个规则集：后台在过去的数据上试，由另一人在网页上启用。 Propose a rule set to be released."""
    from jieyue.apps.publication.errors import RefusedError
    from jieyue.apps.review.services.release_rules import propose as do

    try:
        first = date.fromisoformat(holds_from)
    except ValueError:
        raise typer.BadParameter("2026-11-01", param_hint="--from") from None
    try:
        row = do(rules, first, actor=OPERATOR, reason=reason)
    except RefusedError as error:
        fail(REFUSED, error.message_zh, error.message_en, code=error.code)
    if options.json:
        emit(
            {
                "id": row.pk,
                "ruleset": row.ruleset,
                "digest": row.digest,
                "holds_from": row.holds_from.isoformat(),
            }
        )
    say(
        f"第 {row.pk} 项提议已记下；后台试过之后，由另一位市级管理员在网页“审核规则”上启用",
        f"proposal {row.pk} is kept; once the worker has tried it, another city administrator releases it on the page",
    )


@app.command("releases")
@with_home
def releases() -> None:
    """列出提议和启用过的规则集。 List proposed and released rule sets."""
    from jieyue.apps.review.queries import releases as listed

    rows = listed()
    if options.json:
        emit([row.as_dict() for row in rows])
        return
    table(
        text("规则集的启用", "Releases of rule sets"),
        [text(*pair) for pair in _RELEASE_HEADS],
        [
            (row.id, row.ruleset, row.holds_from, row.state, row.proposed_by, row.decided_by, row.digest[:12])
            for row in rows
        ],
    )


_RELEASE_HEADS = (
    ("编号", "number"),
    ("规则集", "rule set"),
    ("启用日", "from"),
    ("状态", "state"),
    ("提出", "proposed by"),
    ("办理", "decided by"),
    ("摘要", "digest"),
)


@app.command("withdraw")
@with_home
def withdraw(number: Annotated[int, typer.Argument(help="提议的编号")]) -> None:
    """撤回一项还没有启用的提议。 Withdraw a proposal."""
    from jieyue.apps.publication.errors import RefusedError
    from jieyue.apps.review.services.release_rules import withdraw as do

    try:
        row = do(number, actor=OPERATOR)
    except RefusedError as error:
        fail(REFUSED, error.message_zh, error.message_en, code=error.code)
    if options.json:
        emit({"id": row.pk, "state": row.state})


@app.command("rules")
@with_home
def rules_of(rules: Rules = "") -> None:
    """列出规则集的规则、限值和出处；不写名称时是今天生效的。 List the rules of a set, or those in force."""
    from django.conf import settings

    from jieyue.apps.review.releases import differing, held_on, of_home
    from jieyue.catalog.plain import plain_row

    found = of_home(rules).rules if rules else held_on(settings.JIEYUE_HOME.today()).rules
    for name in differing():
        say(
            f"家目录里的 {name} 与启用的不同，还没有启用",
            f"{name} in the home differs from what was released, and does not hold yet",
        )
    if options.json:
        emit(
            {
                "id": found.id,
                "name_zh": found.name_zh,
                "name_en": found.name_en,
                "digest": found.digest,
                "rules": [plain_row(row) for row in found.rows],
            }
        )
        return
    table(
        text(found.name_zh, found.name_en),
        [text("规则", "rule"), text("报表", "form"), text("级别", "severity"), text("内容", "what"),
         text("限值", "limits"), text("官方", "official"), text("出处", "source")],
        [
            (row.code, row.form, row.severity, text(row.name_zh, row.name_en), " ".join(row.params), row.official,
             row.source)
            for row in found.rows
        ],
    )  # fmt: skip


def _counts(counts: dict[str, int], rows: "Mapping[str, RuleRow]") -> None:
    table(
        text("各规则的问题数", "Findings by rule"),
        [text("规则", "rule"), text("级别", "severity"), text("内容", "what"), text("问题", "findings")],
        [
            (rule, rows[rule].severity, text(rows[rule].name_zh, rows[rule].name_en), number)
            for rule, number in counts.items()
        ],
        right=[3],
    )


def _periods(said: str) -> "list[Period]":
    """The period, or the months of a range."""
    from jieyue.domain.period import Period

    period = Period.parse(said)
    return list(period.months()) if period.kind_letter not in "YQMH" else [period]
