"""The rules that this home reviews by: its rule set, made ready for a form, a kind of period and a scheme."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from jieyue.apps.publication.rules import home_catalog
from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.loader import Catalog
from jieyue.catalog.ruleset import (
    DEFAULT,
    OF_TABLES,
    SHIPPED,
    RuleSet,
    Written,
    load_ruleset,
    ruleset_ids,
    spread,
)
from jieyue.catalog.strict import CatalogError
from jieyue.domain.review import Rule, rule_of
from jieyue.domain.rule_text import Cell, RuleTextError, cells_of
from jieyue.domain.summary_rules import columns_rule

COPIES = frozenset({"copied_period", "copied_institution"})
FOLDER = "rulesets"
PRICES = "prices.csv"


def rulesets() -> list[str]:
    """Names of the rule sets that this home can use: its own, then those shipped."""
    own = Path(settings.JIEYUE_HOME.path) / FOLDER
    found = sorted(path.name for path in own.iterdir() if path.is_dir()) if own.is_dir() else []
    return [*found, *(name for name in ruleset_ids() if name not in found)]


def ruleset(name: str = "") -> RuleSet:
    """A rule set by name: the home's own before one that is shipped. Raises UnknownRuleError, CatalogError."""
    wanted = name or DEFAULT
    if wanted not in rulesets():
        listed = ", ".join(rulesets())
        raise UnknownRuleError(
            "规则集", "rule set", wanted, hint_zh=f"可用：{listed}。", hint_en=f"Known: {listed}."
        )
    own = Path(settings.JIEYUE_HOME.path) / FOLDER / wanted
    folder = own if own.is_dir() else SHIPPED / wanted
    files = sorted(path for path in folder.iterdir() if path.is_file())
    stamps = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in files)
    return _loaded(folder, stamps, home_catalog())


@lru_cache(maxsize=8)
def _loaded(folder: Path, _stamps: tuple[tuple[str, int, int], ...], catalog: Catalog) -> RuleSet:
    """A rule set, read again when a file of it changed."""
    return load_ruleset(folder, catalog)


def refuse_unread(rules: RuleSet) -> None:
    """Refuse a set with a text about the columns of a table that is not of the language. Raises CatalogError."""
    for row in rules.rows:
        for written in spread(row) if row.op == "columns" else ():
            # A limit that is not set yet stands for any number: the text is read all the same.
            limits = {name: limit or Fraction(0) for name, limit in written.limits.items()}
            try:
                columns_rule(written.text, row.form, limits)
            except RuleTextError as error:
                raise CatalogError(
                    f"{rules.id}/rules.csv",
                    None,
                    "text",
                    f"{row.code}：{error.message_zh}",
                    f"{row.code}: {error.message_en}",
                ) from None


@dataclass(frozen=True)
class Ready:
    """The rules of a form under a scheme, the codes of those whose limit is not set, the items looked at by form."""

    rules: Sequence[Rule]
    unset: Sequence[str]
    codes: Mapping[str, Sequence[str]]


def ready(rules: RuleSet, form: str, scheme: str) -> Ready:
    """The rules made ready to judge. Raises RuleTextError."""
    return _ready(rules, form, scheme, home_catalog())


@lru_cache(maxsize=32)
def _ready(rules: RuleSet, form: str, scheme: str, catalog: Catalog) -> Ready:
    order = tuple(row.code for row in catalog.table("schemes"))
    made: list[Rule] = []
    unset: list[str] = []
    for written in _asked(rules, form, scheme, order, catalog):
        row = written.row
        if row.op == "elsewhere" or row.op in OF_TABLES:
            continue
        try:
            rule = rule_of(
                code=row.code,
                form=row.form,
                kind=row.kind,
                severity=row.severity,
                periods=row.periods,
                op=row.op,
                text=written.text,
                items=written.items,
                on=written.on,
                limits=written.limits,
                exempt=row.exempt,
            )
        except RuleTextError as error:
            raise RuleTextError(
                "rule_text",
                zh=f"规则集 {rules.id} 的规则 {row.code}：{error.message_zh}",
                en=f"rule {row.code}: {error.message_en}",
            ) from None
        if rule is None:
            unset.append(row.code)
        elif all(_has(catalog, form, scheme, code) for code in (*rule.items.values(), *rule.on)):
            made.append(rule)
    codes = _codes(form, made)
    if any(rule.op in COPIES for rule in made):
        flows = {item.code for item in catalog.items(form, scheme) if item.agg == "flow"}
        codes[form] = sorted({*codes[form], *flows})
    return Ready(made, list(dict.fromkeys(unset)), codes)


def _asked(
    rules: RuleSet, form: str, scheme: str, order: tuple[str, ...], catalog: Catalog
) -> Iterator[Written]:
    """The written rules; `required` without items of its own is one rule for each item that the form requires."""
    for written in rules.written(form, scheme, order):
        if written.row.op != "required" or written.items:
            yield written
            continue
        for item in catalog.items(form, scheme):
            if item.required == "yes" and item.value_kind == "number":
                yield replace(written, items={"i": item.code})


def _codes(form: str, rules: Sequence[Rule]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {form: set()}
    for rule in rules:
        said = [Cell(*code.split(":")) if ":" in code else Cell(form, code) for code in rule.items.values()]
        for cell in (*said, *(cells_of(rule.node) if rule.node else ())):
            found.setdefault(cell.form, set()).add(cell.code)
    return {name: sorted(codes) for name, codes in found.items()}


def _has(catalog: Catalog, form: str, scheme: str, code: str) -> bool:
    """Whether the form has the item under the scheme; an item of another form is not asked."""
    return ":" in code or any(item.code == code for item in catalog.items(form, scheme))
