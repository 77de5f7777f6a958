"""What is taken out of the page of a return: its print, and the proof of its approval."""

import hashlib
from pathlib import Path

import pypdfium2

from tests.web.school import MONTH, School


def printed(answer: object) -> str:
    """The words of a PDF that a page hands out."""
    pages = pypdfium2.PdfDocument(answer.content)  # type: ignore[attr-defined]
    return "".join(page.get_textpage().get_text_range() for page in pages)


def test_a_return_is_printed_from_its_page_with_its_state(school: School) -> None:
    """51,240 + 7,860 − 1,200 = 57,900 kWh; what is not approved says so, and nobody prints what he does not see."""
    from jieyue.apps.registry.queries import number_of

    on_paper = f"{school.address}?export=pdf"
    assert school.reporter.get(on_paper).status_code == 404, "nobody has begun it"
    school.submit_first_task()
    assert "?export=pdf" in school.reporter.get(school.address).content.decode()
    answer = school.reporter.get(on_paper)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert f"NY201-{school.code}-{MONTH}.pdf" in answer["Content-Disposition"]
    assert "57,900" in printed(answer)
    assert "已上报，尚未核准" in printed(answer)
    blank = school.reporter.get(f"{school.address}?export=blank")
    assert f"NY201-blank-{MONTH}.pdf" in blank["Content-Disposition"]
    assert "57,900" not in printed(blank)
    assert "空表。" in printed(blank)
    assert school.reporter.get(f"{school.address}?export=docx").status_code == 404
    assert school.person("elsewhere", "reporter", number_of("S000001")).get(on_paper).status_code == 404
    assert school.reporter.post(f"{school.address}withdraw/").status_code == 302
    said = printed(school.reporter.get(on_paper))
    assert "状态：录入中" in said
    assert "没有上报，各数为初步" in said
    assert school.person("other", "reporter", number_of("S000001")).get(on_paper).status_code == 404


def test_the_proof_of_an_approval_is_taken_from_its_page(school: School, tmp_path: Path) -> None:
    """It is verified by the command's own rule; nobody takes it whom the return is not for, and not before."""
    from jieyue.apps.audit.models import ActionLog
    from jieyue.apps.audit.offline.proving import check_proof
    from jieyue.apps.audit.services.checkpoint import checkpoint
    from jieyue.apps.identity.models import User
    from jieyue.apps.registry.queries import number_of
    from jieyue.apps.returns.acting import Key
    from jieyue.apps.returns.services.approve_return import approve
    from jieyue.apps.trees.queries import Tree, every_node

    imported = school.address.replace(MONTH, "2025-10")
    assert "export=proof" not in school.reporter.get(imported).content.decode(), "no person approved it"
    assert school.reporter.get(f"{imported}?export=proof").status_code == 404
    school.submit_first_task()
    address = f"{school.address}?export=proof"
    assert school.reporter.get(address).status_code == 404, "not approved"
    assert "核准的证明" not in school.reporter.get(school.address).content.decode()
    school.person("li", "approver", next(one.id for one in every_node(Tree.LINE) if one.code == "city"))
    frozen = approve(User.objects.get(username="li"), Key(school.number, "NY201", MONTH))
    assert "?export=proof" in school.reporter.get(school.address).content.decode()
    assert school.reporter.get(address).status_code == 422, "no checkpoint covers it yet"
    checkpoint()
    answer = school.reporter.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert f"proof-NY201-{school.code}-{MONTH}.json" in answer["Content-Disposition"]
    file = tmp_path / "proof.json"
    file.write_bytes(answer.content)
    proof, problems = check_proof(file)
    assert problems == []
    assert (proof.entry["verb"], proof.entry["actor"]) == ("returns.approve", "li")
    assert proof.entry["data"]["snapshot"] == frozen.digest
    taken = ActionLog.objects.latest("pk")
    assert (taken.verb, taken.data["asked"]) == ("audit.take_out", [f"proof={proof.seq}"])
    assert taken.data["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert school.person("elsewhere", "reporter", number_of("S000001")).get(address).status_code == 404
