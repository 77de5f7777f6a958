"""The stamped scan of a released paper: kept with digest and person, a second one beside it, open to who may see."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieyue.apps.audit.models import ActionLog
from jieyue.apps.papers.models import PaperDraft, PaperScan
from tests.apps.accounts.conftest import sqlite_home
from tests.apps.papers.test_monthly import SOME, publish
from tests.apps.summaries.conftest import dozen, dozen_home
from tests.apps.summaries.dozen import Dozen
from tests.apps.summaries.test_pages import text_of, visitor
from tests.clients import quiet_refusals
from tests.web.test_attachments import PDF, picture
from tests.web.test_papers import drafted

__all__ = ["dozen", "dozen_home", "sqlite_home"]


def kept(client: Client, row: PaperDraft, content: bytes, name: str = "盖章件.pdf") -> object:
    return client.post(f"/papers/{row.pk}/scan/", {"file": SimpleUploadedFile(name, content)})


@pytest.fixture
def released(dozen: Dozen) -> PaperDraft:
    quiet_refusals()
    publish(SOME)
    first, second = visitor("c-approver"), visitor("c-second")
    row = drafted(first)
    assert kept(first, row, PDF).status_code == 409, "nothing is stamped before it is released"
    first.post(f"/papers/{row.pk}/fill/", {"seen": row.digest, "text": "催报。"})
    row.refresh_from_db()
    second.post(f"/papers/{row.pk}/release/", {"seen": row.digest, "reason": "按期先发"})
    row.refresh_from_db()
    assert row.state == "released"
    return row


def test_two_scans_stay_the_newest_first_with_digest_person_and_entry(released: PaperDraft) -> None:
    reader, second = visitor("c-approver"), visitor("c-second")
    assert "未存" in text_of(reader.get("/papers/?state=released"))
    assert kept(reader, released, PDF).status_code == 302
    assert kept(second, released, PDF).status_code == 302, "sent twice by a double click: one scan"
    assert kept(second, released, picture() + b"behind", "重扫.jpg").status_code == 302
    new, old = PaperScan.objects.order_by("-pk")
    assert (old.kind, old.sha256, old.actor) == ("pdf", hashlib.sha256(PDF).hexdigest(), "c-approver")
    page = reader.get(f"/papers/{released.pk}/").content.decode()
    assert page.index(f"/papers/scans/{new.pk}/") < page.index(f"/papers/scans/{old.pk}/")
    listed = reader.get("/papers/?state=released").content.decode()
    assert f'href="/papers/scans/{new.pk}/">2 份' in listed
    answer = reader.get(f"/papers/scans/{old.pk}/")
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]
    clean = reader.get(f"/papers/scans/{new.pk}/").content
    assert b"behind" not in clean
    assert hashlib.sha256(clean).hexdigest() == new.sha256
    entries = ActionLog.objects.filter(verb="papers.scan").order_by("pk")
    assert [(one.actor, one.object, one.after) for one in entries] == [
        ("c-approver", f"paper:{released.pk}", old.sha256), ("c-second", f"paper:{released.pk}", new.sha256),
    ]  # fmt: skip


def test_what_is_no_scan_is_refused_and_others_neither_keep_nor_read(released: PaperDraft) -> None:
    reader = visitor("c-approver")
    refused = kept(reader, released, b"PK\x03\x04", "a.docx")
    assert (refused.status_code, "附件只收" in text_of(refused)) == (422, True)
    assert reader.post(f"/papers/{released.pk}/scan/").status_code == 422
    assert not PaperScan.objects.exists()
    kept(reader, released, PDF)
    scan = PaperScan.objects.get()
    district = visitor("d-approver")
    assert kept(district, released, PDF).status_code == 404, "not theirs to see"
    assert district.get(f"/papers/scans/{scan.pk}/").status_code == 404
    assert visitor("d-viewer").post(f"/papers/{released.pk}/scan/").status_code == 403
    assert PaperScan.objects.count() == 1
