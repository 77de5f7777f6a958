"""Statistical forms, their schemes and items, by code and by date."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property
from types import MappingProxyType

from jieyue.catalog.errors import UnknownRuleError
from jieyue.catalog.model import Form, Item, Scheme
from jieyue.catalog.rules_base import Rules


class FormRules(Rules):
    """What is asked of an institution."""

    @cached_property
    def forms(self) -> Mapping[str, Form]:
        """Statistical forms by code."""
        return self._by_code("forms", Form)

    @cached_property
    def schemes(self) -> Mapping[str, Scheme]:
        """Versions of the statistical scheme by code, oldest first."""
        rows = sorted(self._rows("schemes", Scheme), key=lambda scheme: scheme.valid_from)
        return MappingProxyType({scheme.code: scheme for scheme in rows})

    def scheme_on(self, day: date) -> Scheme:
        """The scheme in force on a day; data from before the first takes the one that serves it."""
        for scheme in self.schemes.values():
            if scheme.valid_from <= day < scheme.valid_to or (
                scheme.serves_earlier and day < scheme.valid_from
            ):
                return scheme
        raise UnknownRuleError("适用的统计制度", "scheme in force on", day.isoformat())

    @cached_property
    def _stated(self) -> Mapping[str, tuple[Item, ...]]:
        """Item rows by form, as they stand in the tables."""
        rows: dict[str, list[Item]] = {code: [] for code in self.forms}
        for item in self._rows("items", Item):
            rows[item.form].append(item)
        return {code: tuple(items) for code, items in rows.items()}

    def _items(self, form: str) -> tuple[Item, ...]:
        """The item rows of a form; a summary form has those of its base form before its own. No such form: none."""
        found = self._whole.get(form)
        if found is None:
            own, base = self._stated.get(form, ()), self.forms[form].summary_of if form in self.forms else ""
            before = (_summarised(item, self.forms[form]) for item in self._stated[base]) if base else ()
            found = self._whole[form] = (*before, *own)
        return found

    @cached_property
    def _whole(self) -> dict[str, tuple[Item, ...]]:
        """What `_items` has been asked for already."""
        return {}

    def items(self, form: str, scheme: str | None = None) -> tuple[Item, ...]:
        """The items of a form under a scheme; without one, the newest row of every item it ever had.

        Raises `UnknownRuleError`.
        """
        if form not in self.forms:
            raise UnknownRuleError("报表", "form", form)
        found = self._listed.get((form, scheme))
        if found is None:
            found = self._listed[form, scheme] = self._list(form, scheme)
        return found

    @cached_property
    def _listed(self) -> dict[tuple[str, str | None], tuple[Item, ...]]:
        """What `items` has been asked for already."""
        return {}

    def _list(self, form: str, scheme: str | None) -> tuple[Item, ...]:
        if scheme is not None:
            return tuple(item for item in self._items(form) if self._holds(item, scheme))
        newest: dict[str, Item] = {}
        for item in sorted(self._items(form), key=lambda row: self.schemes[row.scheme_from].valid_from):
            newest[item.code] = item
        order = dict.fromkeys(item.code for item in self._items(form))
        return tuple(newest[code] for code in order)

    def _holds(self, item: Item, scheme: str) -> bool:
        if scheme not in self.schemes:
            raise UnknownRuleError("制度版本", "scheme", scheme)
        day = self.schemes[scheme].valid_from
        begun = self.schemes[item.scheme_from].valid_from <= day
        return begun and (not item.scheme_to or day < self.schemes[item.scheme_to].valid_from)

    @cached_property
    def _newest(self) -> Mapping[str, Item]:
        return {item.ref: item for form in self.forms for item in self.items(form)}

    def item(self, ref: str, scheme: str | None = None) -> Item:
        """The item ``FORM:code``, its newest row or that of a scheme. Raises `UnknownRuleError`."""
        if scheme is None:
            found = self._newest.get(ref)
        else:
            form = ref.partition(":")[0]
            rows = self._items(form)
            found = next((item for item in rows if item.ref == ref and self._holds(item, scheme)), None)
        if found is None:
            raise UnknownRuleError("指标", "item", ref)
        return found

    def parts_of(self, ref: str, scheme: str | None = None) -> tuple[Item, ...]:
        """The items that are directly within another, of any form."""
        return tuple(
            item
            for form in self.forms.values()
            if not form.summary_of
            for item in self.items(form.code, scheme)
            if item.part_of == ref
        )


def _summarised(item: Item, form: Form) -> Item:
    """An item of a base form as it stands in the summary form."""

    def moved(ref: str) -> str:
        return ref.replace(f"{form.summary_of}:", f"{form.code}:", 1)

    return replace(item, form=form.code, part_of=moved(item.part_of), cost_of=moved(item.cost_of))
