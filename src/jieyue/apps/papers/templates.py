"""The Word templates of the papers: the one that a kind of paper is made from, and the versions that are kept."""

import hashlib
from dataclasses import dataclass

from django.conf import settings

from jieyue.apps.exchange.kept import kept_path
from jieyue.apps.identity.models import User
from jieyue.apps.papers.models import PaperTemplate
from jieyue.apps.papers.scope import RELEASES, may
from jieyue.apps.papers.word import shipped
from jieyue.apps.publication.queries import last_done
from jieyue.apps.trees.kept import tree_view
from jieyue.apps.trees.queries import Tree
from jieyue.domain.errors import DomainError

#: Number of the template that ships, among the versions of a kind.
SHIPPED = 0


class TemplateLostError(DomainError):
    """The file of a version is gone from the home, or is not what was kept."""


@dataclass(frozen=True)
class Template:
    """number: of the version, SHIPPED for the one that ships."""

    number: int
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def template_of(code: str) -> Template:
    """What papers of a kind are made from now. Raises TemplateLostError."""
    row = PaperTemplate.objects.filter(code=code, in_use=True).first()
    return Template(SHIPPED, shipped(code)) if row is None else Template(row.number, content_of(row))


def template_by_digest(code: str, digest: str) -> Template | None:
    """The version of a kind that has this SHA-256; None where there is none. Raises TemplateLostError."""
    own = Template(SHIPPED, shipped(code))
    if own.sha256 == digest:
        return own
    row = PaperTemplate.objects.filter(code=code, sha256=digest).first()
    return None if row is None else Template(row.number, content_of(row))


def versions_of(code: str) -> list[PaperTemplate]:
    """The authority's versions for a kind of paper, the newest first."""
    return list(PaperTemplate.objects.filter(code=code).order_by("-number"))


def content_of(row: PaperTemplate) -> bytes:
    """The bytes of a version. Raises TemplateLostError."""
    path = kept_path(row.sha256)
    content = path.read_bytes() if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise TemplateLostError(
            "template_lost",
            zh=f"公文模板第 {row.number} 版（{row.name}）的文件丢失或被改动；请在“模板”页改用另一版或系统自带的",
            en=f"the file of template version {row.number} ({row.name}) is lost or was changed: "
            "use another version, or the one that ships, on the page of templates",
        )
    return content


def may_change_templates(user: User) -> bool:
    """Whether the person may release papers of the whole authority: its papers are made from the template."""
    today = settings.JIEYUE_HOME.today()
    root = tree_view(Tree.LINE, last_done(), today).root
    return root is not None and may(user, RELEASES, root.id, today)
