"""Review through the command: what the rules find in a sample city, kept, listed and tried; one return by itself."""

import csv
import json
import shutil
from collections.abc import Collection
from pathlib import Path

import pytest

from jieyue.catalog.ruleset import SHIPPED
from tests.cli.command import DONE, REFUSED, Said, jieyue

SIZE = 600
MONTH = "2026-09"


@pytest.fixture(scope="module")
def sample(office: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample city; not to be changed."""
    path = tmp_path_factory.mktemp("review") / "home"
    assert jieyue(path, "demo", "--institutions", str(SIZE), "--no-serve").code == DONE
    return path


@pytest.fixture
def city(sample: Path, tmp_path: Path) -> Path:
    shutil.copytree(sample, tmp_path / "home")
    return tmp_path / "home"


def planted(kinds: Collection[str], period: str) -> set[tuple[str, str]]:
    """(institution, item) of the mistakes that the sample was given in a period."""
    from jieyue.sample.city import build

    rows = build(SIZE).planted.to_dicts()
    return {
        (row["institution"], row["item"]) for row in rows if row["kind"] in kinds and row["period"] == period
    }


def periods_of(kind: str) -> list[str]:
    from jieyue.sample.city import build

    rows = build(SIZE).planted.to_dicts()
    return sorted({row["period"] for row in rows if row["kind"] == kind and row["period"] > "2025-06"})


def check(home: Path, period: str, *more: str) -> Said:
    return jieyue(home, "review", "check", "--period", period, *more)


@pytest.mark.parametrize(
    ("kinds", "rules"),
    [
        (("yuan_wan", "kwh_mwh"), ("U01",)),
        (("jumped_persons", "jumped_area"), ("S01",)),
        (("copied_period",), ("D11",)),
    ],
)
def test_mistakes_of_a_kind_are_found_where_they_were_made(
    city: Path, kinds: tuple[str, ...], rules: tuple[str, ...]
) -> None:
    """Each labelled cell is found by the rule that is for it, in the month in which it stands."""
    made = 0
    for period in sorted({period for kind in kinds for period in periods_of(kind)})[:3]:
        check(city, period)
        found = {
            (row["institution"], row["item"])
            for rule in rules
            for row in jieyue(city, "review", "findings", "--period", period, "--rule", rule).document
        }
        wanted = planted(kinds, period)
        if rules == ("D11",):  # a copy is told once, at the first item
            wanted, found = ({(institution, "") for institution, _ in pairs} for pairs in (wanted, found))
        assert wanted <= found
        made += len(wanted)
    assert made


def test_the_pass_says_how_many_of_each_rule_and_which_rules_are_not_set(city: Path) -> None:
    said = check(city, MONTH)
    document = said.document
    assert document["unset"] == ["B01", "B02", "D01"]
    assert sum(document["by_rule"].values()) == document["findings"] > 0
    assert said.code == (REFUSED if document["errors"] else DONE)
    listed = jieyue(city, "review", "findings", "--period", MONTH).document
    assert len(listed) == document["findings"]
    assert all(row["message_zh"] and row["mend_en"] and row["state"] == "open" for row in listed)


def test_a_dry_run_keeps_nothing_and_a_second_pass_changes_nothing(city: Path) -> None:
    earlier = periods_of("jumped_area")[0]  # the demo looked at the two newest months already
    assert check(city, earlier, "--dry-run").document["stored"] is False
    assert jieyue(city, "review", "findings", "--period", earlier).document == []
    check(city, earlier)
    first = jieyue(city, "review", "findings", "--period", earlier).document
    check(city, earlier)
    assert jieyue(city, "review", "findings", "--period", earlier).document == first != []


def test_the_demo_has_looked_at_its_two_newest_months(sample: Path) -> None:
    found = [jieyue(sample, "review", "findings", "--period", month).document for month in (MONTH, "2026-10")]
    assert all(found)


def test_what_is_no_longer_found_is_gone_and_an_explanation_lasts_while_the_numbers_do(city: Path) -> None:
    check(city, MONTH)
    from jieyue.apps.review.models import ReviewFinding

    one = ReviewFinding.objects.filter(period=MONTH).first()
    assert one is not None
    ReviewFinding.objects.filter(pk=one.pk).update(state="explained", explanation="新楼启用")
    other = ReviewFinding.objects.exclude(pk=one.pk).filter(period=MONTH).first()
    assert other is not None
    ReviewFinding.objects.filter(pk=other.pk).update(value="1", explanation="旧说明", state="explained")
    invented = ReviewFinding.objects.create(
        subject=one.subject, form="NY201", period=MONTH, rule="Z99", item="110", severity="warning",
        first_run=one.first_run, last_run=one.last_run,
    )  # fmt: skip
    check(city, MONTH)
    rows = {row.pk: row for row in ReviewFinding.objects.all()}
    assert (rows[one.pk].state, rows[one.pk].explanation) == ("explained", "新楼启用")
    assert (rows[other.pk].state, rows[other.pk].explanation) == ("open", "")
    assert rows[invented.pk].state == "gone"


def test_one_return_from_the_office_is_judged_as_in_the_pass_over_the_city(city: Path) -> None:
    """The city reads the lake, one institution its documents: the findings are the same, number by number."""
    check(city, MONTH, "--dry-run")
    from jieyue.apps.review.services.check_returns import look, look_at
    from jieyue.domain.period import Period
    from jieyue.domain.review import AMONG_MANY

    period = Period.parse(MONTH)
    whole = look("NY201", [period])
    others = {row.code for row in whole.rules.rows if row.op in AMONG_MANY}
    wanted = [flag for flag in whole.flags if flag.rule not in others]
    assert len({flag.subject for flag in wanted}) > 5
    for subject in {flag.subject for flag in wanted}:
        own = look_at("NY201", period, [subject]).flags
        assert own == [flag for flag in wanted if flag.subject == subject]


def test_what_came_in_a_file_stands_in_place_of_what_is_stored(city: Path) -> None:
    check(city, MONTH, "--dry-run")
    from jieyue.apps.returns.cells import parse
    from jieyue.apps.returns.models import Return
    from jieyue.apps.review.services.check_returns import look_at
    from jieyue.domain.period import Period

    stored = Return.objects.filter(form="NY201", period=MONTH, state="approved").first()
    subject = stored.subject
    new = {"102": (0, 3), "150": (50_000, 3), "1501": (10_000, 3), "1502": (10_000, 3)}
    cleared = {code: cell for code, cell in parse(stored.draft).items() if code != "103"}
    typed = {(subject, MONTH): {**cleared, **new}}
    said = look_at("NY201", Period.parse(MONTH), [subject], typed=typed).flags
    found = {(flag.rule, flag.item, flag.value) for flag in said if flag.severity == "error"}
    assert {("L07", "102", "0"), ("L01", "150", "5"), ("R01", "103", None)} <= found


def own_rules(home: Path, **changes: str) -> None:
    """The shipped rules as the home's own, with limits of some rules changed."""
    folder = home / "rulesets" / "mine"
    folder.mkdir(parents=True)
    (folder / "ruleset.toml").write_text('id = "mine"\nname_zh = "本市"\nname_en = "Ours"\n', "utf-8")
    with (SHIPPED / "survey-default" / "rules.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["params"] = changes.get(row["code"], row["params"])
    with (folder / "rules.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_rule_set_of_ones_own_is_tried_on_past_data_before_it_is_used(city: Path) -> None:
    own_rules(city, S01="times=1000|least=3", B01="limit=0")
    period = periods_of("jumped_area")[0]
    said = jieyue(city, "review", "try", "mine", "--period", period).document
    assert said["unset"] == ["B02", "D01"]
    tried = said["by_rule"]["S01"]
    assert (tried["new"], tried["old"] > 0) == (0, True)
    assert jieyue(city, "review", "findings", "--period", period).document == []
    own = check(city, MONTH, "--rules", "mine").document
    assert (own["ruleset"], own["stored"]) == ("mine", False)  # what is kept is the default rules'


def released(home: Path, name: str, first: str) -> int:
    """Propose a set, let the worker try it, and have another person release it; its number."""
    from jieyue.apps.review.services.release_rules import release

    said = jieyue(home, "review", "propose", name, "--from", first, "--reason", "本市限值")
    assert said.code == DONE, said.stderr
    assert jieyue(home, "worker", "--once").code == DONE
    release(said.document["id"], actor="li")
    return int(said.document["id"])


def test_a_set_that_nobody_released_holds_for_nobody(city: Path) -> None:
    before = check(city, MONTH, "--dry-run").document
    own_rules(city, S01="times=1000|least=3")
    (city / "prices.csv").write_text("item,low,high,source\nNY201:111,100,200,市发展改革委\n", "utf-8")
    assert check(city, MONTH, "--dry-run").document == before
    said = jieyue(city, "review", "rules", as_json=False)
    assert "mine" in said.stdout + said.stderr
    assert "prices.csv" in said.stdout + said.stderr


def test_a_rule_set_is_tried_then_released_by_another_person_and_holds_from_its_day(city: Path) -> None:
    from jieyue.apps.publication.errors import RefusedError
    from jieyue.apps.review.services.release_rules import release

    period = max(periods_of("jumped_area"))
    old = check(city, period, "--dry-run").document["by_rule"]["S01"]
    own_rules(city, S01="times=1000|least=3")
    number = jieyue(city, "review", "propose", "mine", "--from", f"{period}-15").document["id"]
    with pytest.raises(RefusedError) as untried:
        release(number, actor="li")
    assert untried.value.code == "not_tried"
    assert jieyue(city, "worker", "--once").code == DONE
    (row,) = jieyue(city, "review", "releases").document
    trial = row["trial"]
    assert trial["by_rule"]["S01"]["new"] == 0
    assert trial["by_rule"]["S01"]["old"] >= old > 0
    # the other rules find what they found: only S01 differs
    assert [code for code, two in trial["by_rule"].items() if two["new"] != two["old"]] == ["S01"]
    with pytest.raises(RefusedError) as own:
        release(number, actor=row["proposed_by"])
    assert own.value.code == "own_proposal"
    release(number, actor="li")
    said = check(city, period, "--dry-run").document
    assert (said["ruleset"], "S01" in said["by_rule"]) == ("mine", False)
    # what ended before its day is judged as before, and a pass over both is refused
    before = f"{period[:4]}-{int(period[5:]) - 1:02d}"
    assert check(city, before, "--dry-run").document["ruleset"] == "survey-default"
    assert check(city, f"{before}..{period}", "--dry-run").code == REFUSED
    # the file may change or go: what was released goes on holding
    shutil.rmtree(city / "rulesets")
    assert check(city, period, "--dry-run").document == said
    with pytest.raises(RefusedError) as over:
        release(number, actor="wang")
    assert over.value.code == "release_state"
    assert [one["state"] for one in jieyue(city, "review", "releases").document] == ["released"]
    assert jieyue(city, "verify-log").code == DONE


def test_a_proposal_can_be_withdrawn_and_only_what_loads_is_proposed(city: Path) -> None:
    own_rules(city, S01="times=abc|least=3")
    broken = jieyue(city, "review", "propose", "mine", "--from", "2026-11-01")
    assert (broken.code, jieyue(city, "review", "releases").document) == (REFUSED, [])
    shutil.rmtree(city / "rulesets")
    own_rules(city, S01="times=9|least=3")
    number = jieyue(city, "review", "propose", "mine", "--from", "2026-11-01").document["id"]
    again = jieyue(city, "review", "propose", "mine", "--from", "2026-11-01")
    assert (again.code, again.document["error"]["code"]) == (REFUSED, "proposed_already")
    assert jieyue(city, "review", "withdraw", number).document["state"] == "withdrawn"
    assert jieyue(city, "review", "withdraw", number).code == REFUSED
    assert jieyue(city, "review", "propose", "nobody", "--from", "2026-11-01").code == REFUSED


def test_a_finding_is_told_in_the_words_of_the_rules_that_it_was_found_by(city: Path) -> None:
    period = max(periods_of("jumped_area"))

    def words() -> str:
        listed = jieyue(city, "review", "findings", "--period", period, "--rule", "S01").document
        return str(listed[0]["message_zh"])

    check(city, period)
    before = words()
    own_rules(city)
    file = city / "rulesets" / "mine" / "rules.csv"
    file.write_text(file.read_text("utf-8").replace(before.partition("：")[0], "改了话的规则"), "utf-8")
    released(city, "mine", f"{period}-01")
    assert words() == before
    check(city, period)
    assert words().startswith("改了话的规则")


def test_the_authoritys_own_prices_come_before_all_others(city: Path) -> None:
    """A list that says that a kilowatt-hour cost 100 to 200 yuan makes every price too low, in its time alone."""
    before = check(city, MONTH, "--dry-run").document["by_rule"].get("P01", 0)
    listed = (
        "item,low,high,valid_from,valid_to,source\nNY201:111,100,200,2026-09-01,2026-10-01,市发展改革委\n"
    )
    (city / "prices.csv").write_text(listed, "utf-8")
    assert check(city, MONTH, "--rules", "survey-default").document["by_rule"]["P01"] > before + 300
    released(city, "survey-default", "2026-01-01")
    assert check(city, MONTH, "--dry-run").document["by_rule"]["P01"] > before + 300
    assert check(city, "2026-08", "--dry-run").document["by_rule"].get("P01", 0) < 50
    (city / "prices.csv").write_text(listed.replace("NY201:111", "NY201:110"), "utf-8")
    refused = jieyue(city, "review", "propose", "survey-default", "--from", "2026-11-01")
    assert refused.code == REFUSED
    assert "prices.csv" in refused.stderr + refused.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("check", "--period", "2025-12..2026-02"), REFUSED, "同一年"),
        (("check", "--period", MONTH, "--form", "NY202"), REFUSED, "机房"),
        (("check", "--period", "2026-13"), REFUSED, "期间"),
        (("check", "--period", MONTH, "--rules", "nobody"), REFUSED, "规则集"),
        (("findings", "--period", MONTH, "--state", "odd"), 2, "open"),
    ],
)
def test_what_cannot_be_reviewed_is_refused_with_the_reason(
    sample: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    refused = jieyue(sample, "review", *words)
    assert refused.code == code
    assert said in refused.stdout + refused.stderr


def test_a_wrong_rule_set_is_refused_with_its_row(city: Path) -> None:
    own_rules(city, L01="tol")
    refused = check(city, MONTH, "--rules", "mine")
    assert refused.code == REFUSED
    assert "rules.csv" in refused.stderr + refused.stdout
    assert json.loads(refused.stdout)["error"]


def test_the_rules_are_listed_with_limits_and_sources(sample: Path) -> None:
    document = jieyue(sample, "review", "rules").document
    rules = {row["code"]: row for row in document["rules"]}
    assert rules["Y01"]["params"] == ["max_change=0.1"]
    assert "哈密" in rules["P01"]["source"]
    assert rules["P01"]["verified"] is False
