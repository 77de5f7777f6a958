"""Entries of the action log as rows of a table: in words, with that of their data which its readers may see."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from jieyue.apps.audit.entries import Entry
from jieyue.apps.identity.queries import names_by_number
from jieyue.apps.identity.roles import ROLES
from jieyue.catalog.log_words import log_keys, log_objects, log_verbs
from jieyue.web.table import Cell, Column, Row, Table
from jieyue.web.words import is_chinese, joined, local

#: Of a longer list only the number of its members is said.
_LISTED = 6
_HASH = 8
_HASHES = ("sha256", "merkle_root")
_LETTERS = re.compile(r"[A-Za-z]")
_ACCOUNTS = ("giver", "taker")


def log_table(entries: Sequence[Entry], signed: int, *, name: str, whole: bool = False) -> Table:
    """The entries in their order. signed: the last number under a signature; whole: hashes in full, for a file."""
    names = names_by_number(_accounts(entries))
    columns = [
        Column("seq", _("Entry no."), number=True, sortable=False),
        Column("at", _("Time"), sortable=False),
        Column("actor", _("Who"), sortable=False),
        Column("verb", _("What was done"), sortable=False),
        Column("object", _("To what"), sortable=False),
        Column("data", _("Details"), sortable=False),
        Column("source", _("Through"), sortable=False),
        Column("leaf", _("Leaf"), sortable=False),
        Column("signed", _("Signature"), sortable=False),
    ]
    return Table(
        caption=_("Action log"),
        columns=columns,
        rows=[_row(one, signed, names, whole=whole) for one in entries],
        name=name,
        empty=_("The log has no such entry."),
        page_size=max(1, len(entries)),
        notes=[
            _("Times are those of the authority."),
            _("Figures, comments and names of files stand in the log, but are not shown to its readers."),
        ],
    )


def _row(one: Entry, signed: int, names: dict[int, str], *, whole: bool) -> Row:
    who = one.actor
    if one.on_behalf:
        who = _("%(actor)s for %(other)s") % {"actor": one.actor, "other": one.on_behalf}
    leaf = one.leaf if whole else one.leaf[:_HASH]
    numbered = Cell(str(one.seq), one.seq, number=True)
    return Row(
        (
            numbered if one.seq else Cell(_("not yet"), None, number=True, missing=True),
            Cell(localtime(one.at).strftime("%Y-%m-%d %H:%M:%S"), one.at),
            Cell(who, who, href=_only(actor=one.actor), code=True),
            Cell(verb_said(one.verb), one.verb, href=_only(verb=one.verb)),
            Cell(_object(one.object, names, whole=whole), one.object, href=_only(object=one.object)),
            Cell(_details(one, names, whole=whole), None),
            Cell(source_words(one.source), one.source),
            Cell(leaf, one.leaf, code=True),
            Cell(_standing(one.seq, signed), one.seq),
        )
    )


def verb_said(verb: str) -> str:
    """A verb in words; one that nobody gave words stays as it is."""
    known = log_verbs().get(verb)
    return local(known) if known else verb


def source_words(source: str) -> str:
    """The door that somebody came through."""
    words = {"web": _("page"), "cli": _("command line"), "api": _("program"), "worker": _("background work")}
    return words.get(source, source)


def _standing(seq: int, signed: int) -> str:
    if not seq:
        return _("waits for its number")
    return _("signed") if seq <= signed else _("waits for a signature")


def _only(**wanted: str) -> str:
    """The entries of this actor, verb or object alone."""
    return f"?{urlencode(wanted)}"


def _object(text: str, names: dict[int, str], *, whole: bool) -> str:
    """`user:12` → 账号 lisi（12）; a kind without words stays as it is."""
    kind, _colon, rest = text.partition(":")
    word = log_objects().get(kind)
    if word is None:
        return text if whole else format_html("<code>{}</code>", text)
    if kind == "user" and rest.isdigit() and int(rest) in names:
        rest = f"{names[int(rest)]} ({rest})"
    return _named(local(word), rest, whole=whole)


def _named(word: str, text: str, *, whole: bool) -> str:
    """A word and what it is of; on a page what has letters of a code is set apart, in a file it is plain."""
    if not text:
        return word
    if whole or not _LETTERS.search(text):
        return f"{word} {text}" if whole else format_html("{} {}", word, text)
    return format_html("{} <code>{}</code>", word, text)


def _details(one: Entry, names: dict[int, str], *, whole: bool) -> str:
    """What the table of verbs lets through, each with its name; all else is left out."""
    known = log_verbs().get(one.verb)
    if known is None:
        return ""
    found = []
    for key in known.shown:
        text = _text(key, one.data.get(key), names)
        if key in _HASHES and not whole:
            text = text[:_HASH]
        if text:
            found.append(_named(local(log_keys()[key]), text, whole=whole))
    if known.reason and one.reason:
        said = _("reason: %(text)s") % {"text": one.reason}
        found.append(said if whole else conditional_escape(said))
    between = "；" if is_chinese() else "; "
    return between.join(found) if whole else SafeString(between.join(found))  # each part is escaped


def _text(key: str, value: Any, names: dict[int, str]) -> str:
    """A value as it is read: plain ones and lists of plain ones, by form a number each; nothing else has words."""
    if isinstance(value, list):
        plain = [_text(key, one, names) for one in value if not isinstance(one, list | dict)]
        if len(plain) < len(value):
            return ""
        return joined(plain) if len(plain) <= _LISTED else _("%(n)s of them") % {"n": len(plain)}
    if isinstance(value, dict):
        counts = all(isinstance(one, int) and not isinstance(one, bool) for one in value.values())
        return joined([f"{name} {one}" for name, one in value.items()]) if counts else ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "":
        return ""
    if key in ("role", "roles") and str(value) in ROLES:
        return local(ROLES[str(value)])
    if key in _ACCOUNTS and value in names:
        return f"{names[value]} ({value})"
    return str(value)


def _accounts(entries: Sequence[Entry]) -> set[int]:
    """Numbers of the accounts that are spoken of."""
    found = {int(rest) for one in entries if (rest := one.object.removeprefix("user:")).isdigit()}
    return found | {
        value for one in entries for key in _ACCOUNTS if isinstance(value := one.data.get(key), int)
    }
