"""`jieyue init|demo|serve|doctor`: making, showing, serving and checking a home."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from jieyue.cli.context import (
    BROKEN,
    DONE,
    UNAVAILABLE,
    emit,
    fail,
    guarded,
    options,
    say,
    table,
    text,
    with_home,
)
from jieyue.cli.operator import first_password, new_password, say_password


def add(app: typer.Typer) -> None:
    """Put the commands on the app."""
    app.command("init")(guarded(init))
    app.command("demo")(guarded(demo))
    app.command("serve")(with_home(serve))
    app.command("doctor")(with_home(doctor))


def init(
    plan: Annotated[str | None, typer.Option("--plan", help="规划代码或目录")] = None,
    database: Annotated[str | None, typer.Option("--database", help="sqlite:///… 或 postgresql://…")] = None,
    lake: Annotated[str | None, typer.Option("--lake", help="数据湖目录")] = None,
    region: Annotated[str | None, typer.Option("--region", help="本机关的行政区划代码")] = None,
    password: Annotated[bool, typer.Option("--new-password", help="给本机操作员一个新的一次性口令")] = False,
) -> None:
    """建立或升级一个节约之家。 Create or bring up to date a home."""
    from jieyue.catalog.plan import load_plan
    from jieyue.config.home import HomeError
    from jieyue.config.initialise import initialise

    try:
        said = {"plan": plan, "database": database, "lake": lake, "region": region}
        if plan is not None:
            wanted = load_plan(plan)
            said["plan"] = str(Path(plan).resolve()) if Path(plan).is_dir() else wanted.id
            said["region"] = region or wanted.region
        home = initialise(options.home, **said)
    except HomeError as error:
        fail(UNAVAILABLE, error.message_zh, error.message_en, code="home")
    if options.json:
        emit({"home": str(home.path), "plan": home.plan, "database": home.database, "lake": home.lake})
    say(f"已就绪：{home.path}（规划 {home.plan}）", f"ready: {home.path} (plan {home.plan})")
    if password:
        say_password(new_password())


def demo(
    institutions: Annotated[int, typer.Option("--institutions", min=50, help="机构数")] = 16_685,
    port: Annotated[int, typer.Option("--port")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="备好样例城市即止")] = False,
) -> None:
    """备好样例城市，列出规划进展，给出网址和一次性口令。 Prepare the sample city, show the plan board, serve."""
    from jieyue.cli.sample import prepare

    home, held, password = prepare(options.home, institutions)
    from jieyue.cli.plans import status

    year = 2025
    if not options.json:
        status(home.plan, year)
    if options.json:
        emit({"home": str(home.path), "institutions": held, "address": _address(port)})
    from jieyue.apps.identity.services.make_operator import operator_name

    say(
        f"网址 {_address(port)}  用户 {operator_name()}  一次性口令 {password}",
        f"address {_address(port)}  user {operator_name()}  one-time password {password}",
    )
    if not no_serve:
        _gunicorn(home.path, port)


def serve(
    port: Annotated[int, typer.Option("--port")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1)] = 1,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="只启动网页；后台工作另由 jieyue worker 做")
    ] = False,
) -> None:
    """启动网页服务和后台工作。 Serve the pages, with a worker beside them."""
    from django.conf import settings

    say(f"网址 {_address(port)}", f"address {_address(port)}")
    password = first_password()
    if password is not None:
        say_password(password)
    _gunicorn(settings.JIEYUE_HOME.path, port, workers, not no_worker)


def doctor(
    deep: Annotated[bool, typer.Option("--deep", help="逐个核对数据文件的摘要")] = False,
) -> None:
    """检查数据库、数据湖、规则与未完成的发布。 Check database, lake, rules and pending publications."""
    from jieyue.config.doctor import checks

    rows = checks(deep=deep)
    if options.json:
        emit([row.as_dict() for row in rows])
    else:
        words = {True: text("正常", "ok"), False: text("异常", "wrong")}
        table(
            text("体检", "Doctor"),
            [text("项目", "check"), text("结果", "result"), text("说明", "detail")],
            [(row.name, words[row.ok], text(row.zh, row.en)) for row in rows],
        )
    raise typer.Exit(DONE if all(row.ok for row in rows) else BROKEN)


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}/"


def _gunicorn(path: Path, port: int, workers: int = 1, worker: bool = True) -> None:
    """Hand over to gunicorn: without a worker beside it this process becomes the server.

    One process answers by four threads; several by one each, for threads take turns in the interpreter.
    """
    environment = {**os.environ, "JIEYUE_HOME": str(path)}
    command = [
        sys.executable, "-m", "gunicorn", "--config", "python:jieyue.config.server", "jieyue.config.wsgi:application",
        "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "4" if workers == 1 else "1",
        "--workers", str(workers), "--graceful-timeout", "10",
    ]  # fmt: skip
    sys.stdout.flush()
    if not worker:
        os.execve(sys.executable, command, environment)  # noqa: S606 our own interpreter, no shell
    from jieyue.cli.serving import run_together

    hands = [sys.executable, "-m", "jieyue.cli", "--home", str(path), "--lang", options.language, "worker"]
    raise typer.Exit(run_together(command, hands, environment))
