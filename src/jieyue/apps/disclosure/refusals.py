"""What public disclosure refuses, in words."""

from jieyue.apps.publication.errors import RefusedError


def not_yours() -> RefusedError:
    """Who publishes for the whole authority lets figures out, nobody else."""
    return RefusedError(
        "not_yours",
        zh="只有对全市有发布权限的人可以公开数据",
        en="only who may publish for the whole authority lets data out",
    )


def decided() -> RefusedError:
    """Nothing is left to decide, or it is not there."""
    return RefusedError(
        "release_state",
        zh="这次公开不存在、还没有算完或已经办结",
        en="this release is not there, is still being computed, or was decided already",
    )


def own_proposal() -> RefusedError:
    """Two persons."""
    return RefusedError(
        "own_proposal",
        zh="自己拟的公开数据须由另一人公开",
        en="what one person has proposed is released by another",
    )


def exposed(names: str) -> RefusedError:
    """Something withheld can be worked out."""
    return RefusedError(
        "exposed",
        zh=f"这些格不显示也能算出来：{names}。各总量不论选没选都要检验，少选指标改变不了。页上写明能不能不列某张表再公开",
        en=f"these cells can be worked out although they are withheld: {names}. The totals are tested whether chosen "
        "or not, so fewer indicators change nothing; the page says whether it can go out without some table",
    )


def newly_marked(day: str) -> RefusedError:
    """The marks of its day are not those of today."""
    return RefusedError(
        "newly_marked",
        zh=f"拟稿用的是 {day} 的敏感标记，此后又有机构被标记；请撤销后重新拟",
        en=f"it was computed with the marks of {day}, and an institution was marked as sensitive since; drop it and "
        "propose it again",
    )
