"""Papers beside a return: pictures made anew, acting PDFs refused, part of what is frozen, open to who may see it."""

import hashlib
import io
import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.web.school import PAPERS, UNUSED, School, names_of_fields

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def school(school: School) -> School:
    """Its return is begun."""
    school.begin()
    return school


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(target, kind, **more)
    return target.getvalue()


def attach(school: School, content: bytes, name: str, item: str = "110"):
    file = SimpleUploadedFile(name, content)
    return school.reporter.post(f"{school.address}attach/", {"file": file, "item": item})


def kept(school: School) -> list:
    from jieyue.apps.returns.models import Attachment

    return list(Attachment.objects.filter(parent=school.row(), removed_at=None))


def test_a_photograph_is_kept_without_what_it_carried(school: School) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET-PHONE"
    photo = picture(exif=exif) + b"PK\x03\x04 a second file behind the picture"
    assert attach(school, photo, "电表 10月.jpg").status_code == 302
    (paper,) = kept(school)
    answer = school.reporter.get(f"{school.address}papers/{paper.pk}/")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"SECRET-PHONE" not in answer.content
    assert b"second file" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (60, 40)
    assert hashlib.sha256(answer.content).hexdigest() == paper.sha256
    assert "电表 10月.jpg" in school.reporter.get(school.address).content.decode()


def test_a_picture_is_turned_as_it_was_held_and_text_of_a_png_is_gone(school: School) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright
    attach(school, picture(exif=exif), "a.jpg")
    note = PngInfo()
    note.add_text("Comment", "SECRET-NOTE")
    attach(school, picture("PNG", pnginfo=note), "b.png")
    first, second = (
        school.reporter.get(f"{school.address}papers/{paper.pk}/").content for paper in kept(school)
    )
    assert Image.open(io.BytesIO(first)).size == (40, 60)
    assert b"SECRET-NOTE" not in second


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("script.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"),
        ("page.html", lambda: b"<html><script>1</script></html>"),
        (
            "acts.pdf",
            lambda: PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        ),
        ("with-file.pdf", lambda: PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 2 0 R>>")),
        ("cut.pdf", lambda: PDF[:30]),
        ("cut.jpg", lambda: picture(size=(900, 900))[:200]),
        ("not.jpg", lambda: b"\xff\xd8\xff" + b"x" * 200),
        ("flood.png", lambda: picture("PNG", size=(9000, 9000))),
        ("empty.pdf", lambda: b""),
        ("big.pdf", lambda: PDF[:-7] + b" " * (10 * 1024 * 1024) + b"%%EOF\n"),
        ("book.xlsx", lambda: b"PK\x03\x04" + b"0" * 100),
    ],
)
def test_anything_else_is_refused_and_nothing_is_kept(
    school: School, name: str, content: Callable[[], bytes]
) -> None:
    answer = attach(school, content(), name)
    assert answer.status_code == (413 if name == "big.pdf" else 422)
    assert kept(school) == []
    assert "▲" in answer.content.decode()


def test_what_lies_beside_is_frozen_and_stays_named(school: School) -> None:
    from jieyue.apps.returns.models import ReturnSnapshot
    from jieyue.apps.returns.snapshots import digest_of

    attach(school, PDF, "账单.pdf")
    attach(school, picture(), "不要.jpg")
    wanted, unwanted = kept(school)
    assert school.reporter.post(f"{school.address}detach/", {"paper": unwanted.pk}).status_code == 302
    for item in UNUSED:
        values = {"use": item, f"case-{item}": "not_used", "revision": school.row().revision}
        school.reporter.post(f"{school.address}use/", values)
    school.save(cells=PAPERS)
    page = school.reporter.post(f"{school.address}submit/", {"revision": school.row().revision})
    said = {name: "新生入学" for name in names_of_fields(page.content.decode()) if name.startswith("why-")}
    school.reporter.post(f"{school.address}submit/", {"revision": school.row().revision, **said})
    snapshot = ReturnSnapshot.objects.get(parent=school.row(), verb="submit")
    assert snapshot.attachments == [["110", "账单.pdf", hashlib.sha256(PDF).hexdigest()]]
    assert snapshot.digest == digest_of(snapshot)
    snapshot.attachments = []
    assert snapshot.digest != digest_of(snapshot)
    # A submitted return's papers are not changed.
    assert attach(school, PDF, "later.pdf").status_code == 409
    assert school.reporter.post(f"{school.address}detach/", {"paper": wanted.pk}).status_code == 409
    assert [paper.pk for paper in kept(school)] == [wanted.pk]


def test_papers_open_to_who_sees_the_return_and_to_nobody_else(school: School) -> None:
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.trees.queries import Tree, tree

    attach(school, PDF, "账单.pdf")
    (paper,) = kept(school)
    root = tree(Tree.LINE).root
    assert root is not None
    viewer = school.person("looks", "viewer", root.id)
    stranger = school.person("elsewhere", "reporter", number_of("S000001"))
    address = f"{school.address}papers/{paper.pk}/"
    assert viewer.get(address).content == PDF
    assert stranger.get(address).status_code == 404
    other = f"/returns/S000001/NY201/2026-10/papers/{paper.pk}/"
    assert stranger.get(other).status_code == 404, "another return's paper by one's own address"
    assert (
        viewer.post(f"{school.address}attach/", {"file": SimpleUploadedFile("a.pdf", PDF)}).status_code == 403
    )
    assert stranger.post(f"{school.address}detach/", {"paper": paper.pk}).status_code == 404
    assert len(kept(school)) == 1


def test_every_deed_is_logged_once(school: School) -> None:
    from jieyue.apps.audit.models import ActionLog

    before = ActionLog.objects.count()
    attach(school, PDF, "账单.pdf")
    (paper,) = kept(school)
    school.reporter.post(f"{school.address}detach/", {"paper": paper.pk})
    new = list(
        ActionLog.objects.order_by("-pk")[: ActionLog.objects.count() - before].values_list("verb", flat=True)
    )
    assert sorted(new) == ["returns.attach", "returns.detach"]
    assert json.dumps(new)
