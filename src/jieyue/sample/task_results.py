"""Declared results of the plan's tasks in the sample city: synthetic, and some tasks have none."""

from pathlib import Path

#: The plan whose tasks they are.
PLAN = "chongqing-14fyp"
NAME = "样例-任务完成情况.csv"
_FILE = Path(__file__).parent / "data" / "task_results.csv"


def content() -> bytes:
    """The list as a file that `import tasks` takes."""
    return _FILE.read_bytes()
