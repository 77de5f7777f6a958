"""An act without a name: the log refuses the entry, and the rows that the act has written before go with it. So are
the parts asked that others share and that turn nobody away themselves: whichever part writes, row and entry are one."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.exchange.models import Batch, MatchAnswer
from jieyue.apps.exchange.services.keep_answers import keep_answers
from jieyue.apps.exchange.services.stage_file import stage_file
from jieyue.apps.identity.models import Mandate, User
from jieyue.apps.identity.services.create_user import create_user
from jieyue.apps.identity.services.open_mandate import open_mandate
from jieyue.apps.metering.models import Derivation, Packet
from jieyue.apps.metering.services import take_packet
from jieyue.apps.metering.services.note_kept import note
from jieyue.apps.papers.content import Paper
from jieyue.apps.papers.kinds import kind_of
from jieyue.apps.papers.models import PaperDraft, PaperTemplate
from jieyue.apps.papers.services import draft
from jieyue.apps.papers.services.use_template import put_in_use
from jieyue.apps.returns.acting import Actor, Key
from jieyue.apps.returns.models import Return
from jieyue.apps.returns.services import edit_return
from jieyue.apps.trees.queries import tree
from jieyue.config.home import Home
from jieyue.domain.period import Period
from tests.watch.watcher import CHANGED, REFUSED, WATCHER

DAY, NOW = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)


def _mandate(user: User, actor: str) -> Any:
    return open_mandate(
        Mandate.Kind.LENDING,
        giver=None,
        taker=user,
        valid_from=DAY,
        valid_to=DAY,
        actor=actor,
        makes=lambda _row: (),
    )


def _paper(_user: User, actor: str) -> Any:
    root = tree("line").root
    assert root is not None
    asked = draft.Asked(kind_of("plan-brief"), root, "city", Period.parse("2025"), 0)
    return draft.keep(asked, Paper("plan-brief", "规划简报", "city", "全市", "2025", 0, ()), actor)


def _template(_user: User, actor: str) -> Any:
    row = PaperTemplate(
        code="plan-brief", number=1, name="x.docx", size=1, sha256="0" * 64, actor="t", at=NOW
    )
    with transaction.atomic():
        row.save()
        put_in_use("plan-brief", row, [row], actor)


def _packet(_user: User, actor: str) -> Any:
    row = Packet(client="token:1", digest="0" * 64, user=1, actor=actor, received=NOW, segment="1", offset=0)
    row.rows = row.rejected = 0
    with transaction.atomic():
        take_packet.keep(row)


def _return(_user: User, actor: str) -> Any:
    row = edit_return.blank(Key(10**9, "NY201", "2025"), 10**9)
    with transaction.atomic():
        row.save(force_insert=True)
        edit_return.log("returns.start", row, Actor(User(username=actor), on_behalf=False), before=None)


Act = Callable[[User, str], Any]
#: Service → (how an actor has it done, what it leaves).
ASKED: dict[str, tuple[Act, Any]] = {
    "exchange.keep_answers.keep_answers": (
        lambda _, name: keep_answers({"一中": 1}, actor=name),
        MatchAnswer,
    ),
    "exchange.stage_file.stage_file": (
        lambda _, name: stage_file(b"x", "x.csv", kind="returns", actor=name),
        Batch,
    ),
    "identity.open_mandate.open_mandate": (_mandate, Mandate),
    "metering.note_kept.note": (lambda _, name: note(1, name, {}), Derivation),
    "metering.take_packet.keep": (_packet, Packet),
    "papers.draft.keep": (_paper, PaperDraft),
    "papers.use_template.put_in_use": (_template, PaperTemplate),
    "returns.edit_return.log": (_return, Return),
}


def test_what_nobody_did_is_not_kept(home: Home, city_trees: dict[tuple[str, str], int]) -> None:
    user = create_user("somebody", actor="t")
    before = ActionLog.objects.count()
    for service, (act, rows) in ASKED.items():
        with pytest.raises(ValueError, match="an action has an actor"):
            act(user, "")
        assert not rows.objects.exists(), service
        assert WATCHER.ran[service] == {REFUSED}
    assert ActionLog.objects.count() == before


def test_what_somebody_did_is_kept_with_one_entry(home: Home, city_trees: dict[tuple[str, str], int]) -> None:
    user = create_user("somebody", actor="t")
    for service, (act, rows) in ASKED.items():
        before = ActionLog.objects.count()
        act(user, "somebody else")
        assert rows.objects.count() == 1, service
        assert ActionLog.objects.count() == before + 1, service
        assert ActionLog.objects.latest("id").actor == "somebody else"
        assert CHANGED in WATCHER.ran[service]
