"""What the columns of a foreign file may be, and the profile that a person's choices make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jieyue.apps.exchange.fields import INSTITUTIONS, RETURNS
from jieyue.apps.exchange.profile import MappingProfile
from jieyue.apps.exchange.suggest import Proposal, answered
from jieyue.apps.publication.rules import home_catalog
from jieyue.web.mapping_more import parts_of_column, parts_of_file
from jieyue.web.words import bracketed, is_chinese, local, unit


@dataclass(frozen=True)
class FieldChoices:
    """Fields under headings: (heading, [(field, text)])."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    def title(self, field: str) -> str:
        """A field in words; the field itself where it has none."""
        return next((text for _title, part in self.groups for value, text in part if value == field), field)


def choices_for(kind: str, form: str) -> FieldChoices:
    """What a column of a file of this kind may be."""
    if kind == "institutions":
        return FieldChoices(
            ((_("Attributes"), tuple((name, _word(name, INSTITUTIONS)) for name in INSTITUTIONS)),)
        )
    groups = [(_("Which return"), tuple((name, _word(name, RETURNS)) for name in RETURNS))]
    catalog = home_catalog()
    for known in catalog.forms.values():
        if not known.summary_of and form in ("", known.code):
            items = [
                (
                    item.ref,
                    bracketed(f"{item.code} {local(item)}", unit(item.unit))
                    if item.unit
                    else f"{item.code} {local(item)}",
                )
                for item in catalog.items(known.code)
                if item.value_kind == "number"
            ]
            groups.append((f"{known.code} {local(known)}", tuple(items)))
    return FieldChoices(tuple(groups))


def field_word(name: str) -> str:
    """A field of any kind of file in words."""
    return next((_word(name, table) for table in (RETURNS, INSTITUTIONS) if name in table), name)


def _word(name: str, table: Mapping[str, tuple[str, ...]]) -> str:
    words = table[name]
    return words[0] if is_chinese() else name.replace("_", " ")


def answers_of(proposal: Proposal, said: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Heading or letter → field and unit, as the form says; a blank field leaves the column out."""
    return {
        column.heading or column.letter: {
            "field": said.get(f"field-{place}", ""),
            "unit": said.get(f"unit-{place}", "").strip(),
        }
        for place, column in enumerate(proposal.columns)
    }


def profile_from(
    proposal: Proposal, said: Mapping[str, str], *, name: str, kind: str, form: str
) -> MappingProfile:
    """The profile that the form makes. Raises ValueError with the reason where something is still missing."""
    if not name:
        raise ValueError(_("Give the mapping a name."))
    answers = answers_of(proposal, said)
    for place, column in enumerate(proposal.columns):
        answer = answers[column.heading or column.letter]
        answer |= {"pattern": column.patterns.get(answer["field"], ""), **parts_of_column(said, place)}
    chosen = [answer["field"] for answer in answers.values() if answer["field"]]
    alone = {answer["field"] for answer in answers.values() if not answer.get("add")}
    if doubled := sorted({field for field in chosen if chosen.count(field) > 1 and field in alone}):
        raise ValueError(_("Two columns cannot be the same: %(fields)s") % {"fields": ", ".join(doubled)})
    constants = {
        field.removeprefix("constant-"): value.strip()
        for field, value in said.items()
        if field.startswith("constant-") and value.strip()
    }
    tokens = tuple(part for part in (word.strip() for word in said.get("null_tokens", "").split(",")) if part)
    more: dict[str, Any] = {"constants": constants, "null_tokens": tokens, "id": name, "form": form}
    more |= parts_of_file(said)
    return answered(proposal.profile, answers, **more)


def _item_words(item: Any) -> str:
    name = f"{item.code} {local(item)}"
    return bracketed(name, unit(item.unit)) if item.unit else name
