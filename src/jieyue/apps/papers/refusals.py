"""What papers refuse, in words."""

from jieyue.apps.publication.errors import RefusedError


def unknown() -> RefusedError:
    """Not there and not the person's look the same."""
    return RefusedError("paper_unknown", zh="没有这份公文", en="there is no such paper")


def not_yours(*, releasing: bool = False) -> RefusedError:
    """The person may read it and not do this."""
    if releasing:
        return RefusedError(
            "not_yours",
            zh="公文由本机关或上级的核准人、发布人印发",
            en="a paper is released by an approver or publisher of the body or of one above it",
        )
    return RefusedError(
        "not_yours",
        zh="公文由本机关或上级的审核人、核准人起草",
        en="a paper is drafted by a reviewer or approver of the body or of one above it",
    )


def not_yours_to_check() -> RefusedError:
    """The person may read the paper and its checks, and hand in none."""
    return RefusedError(
        "not_yours",
        zh="交回的文件由本机关或上级的审核人、核准人、发布人上传",
        en="a returned file is handed in by a reviewer, approver or publisher of the body or of one above it",
    )


def not_yours_to_keep() -> RefusedError:
    """The person may read the paper and its scans, and keep none."""
    return RefusedError(
        "not_yours",
        zh="盖章扫描件由本机关或上级的审核人、核准人、发布人上传",
        en="a stamped scan is kept by a reviewer, approver or publisher of the body or of one above it",
    )


def not_yours_to_template() -> RefusedError:
    """All papers of the authority are made from its templates."""
    return RefusedError(
        "not_yours",
        zh="公文模板由全市的核准人、发布人更换",
        en="the templates of papers are changed by an approver or publisher of the whole authority",
    )


def no_template() -> RefusedError:
    """A version that there is not."""
    return RefusedError("paper_unknown", zh="没有这一版模板", en="there is no such version of the template")


def not_released() -> RefusedError:
    """A stamp is put on what is out."""
    return RefusedError(
        "paper_not_released",
        zh="盖章扫描件只存在已印发的公文旁；请先印发这份公文",
        en="a stamped scan is kept beside a released paper: release this one first",
    )


def city_only(name_zh: str, name_en: str) -> RefusedError:
    """A paper of the whole authority."""
    return RefusedError(
        "city_only",
        zh=f"{name_zh}只有全市一份；请选最上一级单位",
        en=f"the {name_en} is of the whole authority alone: choose the body at the top",
    )


def wrong_period(name_zh: str, name_en: str, letters: str) -> RefusedError:
    """A month where a year is meant, or the other way round."""
    zh = {"M": "月份", "Y": "年份", "MY": "月份或年份"}[letters]
    en = {"M": "a month", "Y": "a year", "MY": "a month or a year"}[letters]
    return RefusedError(
        "paper_period",
        zh=f"{name_zh}的期间是{zh}；请改选期间",
        en=f"the {name_en} is of {en}: choose another period",
    )


def own_draft() -> RefusedError:
    """Separation of persons."""
    return RefusedError(
        "own_draft",
        zh="您起草或填写了这份公文，须由另一人印发",
        en="you drafted or completed this paper: another person releases it",
    )


def released() -> RefusedError:
    """Nothing changes any more."""
    return RefusedError(
        "paper_released",
        zh="这份公文已印发，不能再改；需要更正请另起草一份",
        en="this paper is released and does not change any more; draft another one to correct it",
    )


def moved() -> RefusedError:
    """Somebody else has changed it in the meantime."""
    return RefusedError(
        "paper_moved",
        zh="这份公文刚被别人改过，请看过现在的内容再办",
        en="somebody has changed this paper just now: look at it again",
    )


def blank(asks: str) -> RefusedError:
    """A place that a person fills is left."""
    return RefusedError(
        "paper_blank",
        zh=f"还有没填的地方：【{asks}】；填好再印发",
        en=f"a place is not filled in: 【{asks}】; fill it in first",
    )


def provisional(count: int) -> RefusedError:
    """Numbers that are not final need a reason."""
    return RefusedError(
        "paper_provisional",
        zh=f"有 {count} 个初步数，印发须写明理由",
        en=f"{count} numbers are not final: say why it is released all the same",
    )


def too_long(most: int) -> RefusedError:
    """A text that does not fit a paper."""
    return RefusedError(
        "paper_text",
        zh=f"每处填写不超过 {most} 字，不含控制字符",
        en=f"each place takes at most {most} letters and no control characters",
    )
