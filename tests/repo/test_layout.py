"""The sizes of our files and what may not stand in them."""

import pytest

from scripts import check_layout


def test_the_tree_as_it_stands_has_no_problem() -> None:
    assert list(check_layout.problems()) == []


def test_percentile_is_the_smallest_size_that_covers_the_share() -> None:
    sizes = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert check_layout.percentile(sizes, 0.5) == 50
    assert check_layout.percentile(sizes, 0.9) == 90
    assert check_layout.percentile([7], 0.9) == 7
    assert check_layout.percentile([], 0.5) == 0


def test_a_file_of_800_lines_passes_and_of_801_does_not() -> None:
    assert list(check_layout.size_problems({"tests/a.py": 800})) == []
    assert list(check_layout.size_problems({"tests/a.py": 801})) == ["tests/a.py: 801 lines, at most 800"]


def test_ten_files_may_have_one_long_one_but_not_two() -> None:
    sizes = {f"src/jieyue/{number}.py": 50 for number in range(8)}
    one = sizes | {"src/jieyue/8.py": 60, "src/jieyue/9.py": 400}
    two = sizes | {"src/jieyue/8.py": 360, "src/jieyue/9.py": 400}
    assert list(check_layout.size_problems(one)) == []
    assert list(check_layout.size_problems(two)) == ["src: 90 % of the files reach 360 lines, at most 350"]


def test_half_of_the_files_stay_short_and_empty_packages_do_not_count() -> None:
    sizes = {"src/jieyue/a.py": 121, "src/jieyue/b.py": 121, "src/jieyue/c.py": 1}
    sizes |= {f"src/jieyue/p{number}/__init__.py": 0 for number in range(20)}
    sizes |= {f"src/jieyue/apps/x/migrations/{number}.py": 5 for number in range(20)}
    assert list(check_layout.size_problems(sizes)) == ["src: half of the files reach 121 lines, at most 120"]


# Put together here, so that this file does not hold what it forbids.
REGISTRY, NODE = "https://py" + "pi.org/simple", "https://registry." + "npmjs.org/htmx"
MACHINE, OPTION = "/" + "work/main/src", "--extra-" + "index-url file:///a"


@pytest.mark.parametrize(
    "line", [REGISTRY, NODE, f"see {MACHINE}", OPTION, "/" + "root/.cache", "/" + "home/ann/x"]
)
def test_lines_that_belong_to_one_machine_are_found(line: str) -> None:
    assert len(list(check_layout.text_problems("a.md", f"fine\n{line}\n"))) >= 1
    assert all(
        problem.startswith("a.md:2: ") for problem in check_layout.text_problems("a.md", f"fine\n{line}\n")
    )


@pytest.mark.parametrize(
    "line",
    [
        "/opt/jieyue/.venv",
        "/var/lib/jieyue/home",
        "src/jieyue/web/framework/",
        "https://www.gov.cn/x",
        "# via pip",
    ],
)
def test_ordinary_paths_and_addresses_pass(line: str) -> None:
    assert list(check_layout.text_problems("a.md", line)) == []


@pytest.mark.parametrize("line", ["# TO" + "DO later", "pytest.ski" + "p('x')", "@pytest.mark.xfai" + "l"])
def test_unfinished_python_is_found_and_only_in_python(line: str) -> None:
    assert len(list(check_layout.text_problems("a.py", line))) == 1
    assert list(check_layout.text_problems("a.md", line)) == []
