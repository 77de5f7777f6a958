"""`jieyue token issue|list|revoke`: keys for programs."""

from typing import Annotated

import typer

from jieyue.cli.context import REFUSED, emit, fail, options, say, table, text, with_home

app = typer.Typer(no_args_is_help=True, help="访问令牌，给程序用 / keys for programs")


@app.command("issue")
@with_home
def issue(
    name: Annotated[str, typer.Argument(help="令牌名称：给谁用、做什么")],
    user: Annotated[str | None, typer.Option("--user", help="以哪个账号的身份；默认本机操作员")] = None,
    days: Annotated[int, typer.Option("--days", help="有效天数，1–366")] = 90,
    verb: Annotated[
        list[str] | None, typer.Option("--verb", help="权限，可重复：view（默认）、import、publish…")
    ] = None,
) -> None:
    """签发令牌；密文只显示这一次。 Make a token; its secret is shown this once."""
    from jieyue.apps.identity.queries import user_by_name
    from jieyue.apps.identity.services.issue_token import issue_token
    from jieyue.apps.identity.services.make_operator import operator_name

    who = user or operator_name()
    account = user_by_name(who)
    if account is None:
        fail(REFUSED, f"没有账号 {who}", f"there is no account {who}", code="unknown_user")
    made, secret = issue_token(account, name, days=days, verbs=verb or ["view"], actor=operator_name())
    if options.json:
        emit({"id": made.pk, "token": secret, "expires": made.expires_at.isoformat(), "verbs": made.verbs})
        return
    print(secret)
    say(
        f"令牌 {made.pk} 有效至 {made.expires_at:%Y-%m-%d}；请现在抄下，此后不再显示",
        f"token {made.pk} is good until {made.expires_at:%Y-%m-%d}; note it now, it is not shown again",
    )


@app.command("list")
@with_home
def list_tokens() -> None:
    """列出令牌（不含密文）。 List tokens, without their secrets."""
    from jieyue.apps.identity.tokens import tokens

    rows = [
        {
            "id": row.pk,
            "user": row.user.username,
            "name": row.name,
            "verbs": row.verbs,
            "expires": row.expires_at.date().isoformat(),
            "revoked": row.revoked_at.date().isoformat() if row.revoked_at else None,
        }
        for row in tokens()
    ]
    if options.json:
        emit(rows)
        return
    shown = [tuple(", ".join(v) if isinstance(v, list) else v for v in row.values()) for row in rows]
    table(text("访问令牌", "Tokens"), [text(*pair) for pair in _HEADS], shown)


@app.command("revoke")
@with_home
def revoke(
    token: Annotated[int, typer.Argument(help="令牌编号")],
    reason: Annotated[str, typer.Option("--reason", help="理由")] = "",
) -> None:
    """收回令牌，立即生效。 Take a token back, at once."""
    from jieyue.apps.identity.services.make_operator import operator_name
    from jieyue.apps.identity.services.revoke_token import revoke_token

    revoke_token(token, actor=operator_name(), reason=reason)
    say(f"令牌 {token} 已收回", f"token {token} is taken back")


_HEADS = (
    ("编号", "id"),
    ("账号", "user"),
    ("名称", "name"),
    ("权限", "verbs"),
    ("到期", "expires"),
    ("已收回", "revoked"),
)
