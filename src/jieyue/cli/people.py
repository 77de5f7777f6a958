"""`jieyue people`: accounts from a workbook with the codes for their slips; a second factor that is lost."""

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jieyue.cli.context import DONE, REFUSED, emit, fail, options, say, with_home

if TYPE_CHECKING:
    from jieyue.apps.identity.services.new_code import Slip

app = typer.Typer(no_args_is_help=True, help="人员：账号 / people: accounts")


@app.callback()
def _group() -> None:
    """人员：账号。 People: accounts."""


@app.command("import")
@with_home
def import_people(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV、XLSX 或 XLS")],
    slips: Annotated[
        Path | None, typer.Option("--slips", help="激活码写到这个新文件（CSV，只有本人可读）")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不建账号")] = False,
) -> None:
    """按表建账号，每行一人；有一行不对就一个也不建。 Accounts from a file: all of its rows or none."""
    from jieyue.apps.exchange.reader import read_path
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.registry.accounts_file import read_accounts
    from jieyue.apps.registry.services.import_accounts import import_accounts

    if slips is None and not dry_run:
        raise typer.BadParameter("激活码要写到哪里？ Where shall the codes go?", param_hint="--slips")
    asked = read_accounts(read_path(file), None)
    wrong = [one for one in asked.findings if one.severity == "error"]
    made: list[Slip] = []
    if not wrong and not dry_run and slips is not None:
        try:
            out = os.open(slips, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            fail(REFUSED, f"{slips} 已经存在", f"{slips} is there already", code="file_exists")
        with os.fdopen(out, "w", encoding="utf-8-sig", newline="") as sink:
            try:
                made = import_accounts(asked, actor=operator_name(), by=None)
            except BaseException:
                slips.unlink()  # nothing was made: no empty file stands in the way of the next try
                raise
            _write(sink, made)
    if options.json:
        findings = [one.as_dict() for one in asked.findings]
        emit({"read": asked.read, "accepted": len(asked.accounts), "made": len(made), "findings": findings})
    else:
        for one in asked.findings:
            say(f"第 {one.row} 行 {one.message_zh}", f"row {one.row}: {one.message_en}")
        say(
            f"{asked.read} 行，可建 {len(asked.accounts)} 个，已建 {len(made)} 个账号",
            f"{asked.read} rows, {len(asked.accounts)} can be made, {len(made)} accounts made",
        )
    raise typer.Exit(REFUSED if wrong else DONE)


@app.command("reset-factor")
@with_home
def reset_factor(
    username: Annotated[str, typer.Argument(help="用户名")],
    reason: Annotated[str, typer.Option("--reason", help="为什么；记入日志")],
) -> None:
    """丢了手机又没有上一级时：下次登录重新绑定。 Where nobody above can: the next sign-in makes an app known."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.identity.services.reset_second_factor import reset_second_factor

    user = user_by_name(username)
    if user is None:
        fail(REFUSED, f"没有账号 {username}", f"there is no account {username}", code="unknown_user")
    reset_second_factor(user, actor=operator_name(), by=None, reason=reason)
    if options.json:
        emit({"username": username, "reset": True})
    say(f"{username} 的第二因素已重置", f"the second factor of {username} is reset")


def _write(sink: object, made: "list[Slip]") -> None:
    from django.utils.timezone import localtime

    from jieyue.apps.exchange.export_gate import safe_text

    writer = csv.writer(sink)  # type: ignore[arg-type]
    writer.writerow(["姓名", "用户名", "激活码", "有效期至"])
    for slip in made:
        until = localtime(slip.expires_at).strftime("%Y-%m-%d %H:%M")
        writer.writerow([safe_text(slip.user.real_name), safe_text(slip.user.username), slip.code, until])
