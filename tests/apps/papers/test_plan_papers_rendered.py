"""The papers of a plan as a word processor sets them: in Word and PDF they say the same, whole and in order."""

from pathlib import Path

import pytest

from jieyue.apps.papers.make import brief_for, evaluation_for, progress_for, work_plan_for
from jieyue.apps.publication.queries import last_done
from tests.apps.papers.rendered import agree
from tests.apps.papers.test_evaluation import home
from tests.apps.targets.test_standing import PLAN

__all__ = ["home"]


@pytest.mark.long
def test_each_paper_of_the_plan_says_in_word_what_it_says_in_pdf(home: None, tmp_path: Path) -> None:
    last = last_done()
    papers = {
        "evaluation": evaluation_for(PLAN, None, sequence=last),
        "brief": brief_for(PLAN, 2024, sequence=last),
        "progress": progress_for(PLAN, 2024, sequence=last),
        "work": work_plan_for(PLAN, 2025, sequence=last),
    }
    agree(papers, tmp_path)
