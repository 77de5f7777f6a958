"""The end of an institution inside a publication: its attributes and all its places stop on the day."""

from datetime import date

from jieyue.apps.registry.models import InstitutionVersion
from jieyue.apps.registry.services.write import write_end
from jieyue.apps.trees.queries import UNIT, Tree
from jieyue.apps.trees.services.write import MembershipChange, write_memberships


def end_institution(seq: int, institution: int, day: date) -> None:
    """From `day` on it is no more, and hangs nowhere."""
    write_end(seq, institution, day)
    write_memberships(seq, [MembershipChange(institution, name, None, day) for name in (*Tree.values, UNIT)])


def first_day(institution: int) -> date:
    """The first day of which anything is said."""
    rows = InstitutionVersion.objects.as_of().filter(institution_id=institution)
    return rows.order_by("valid_from").values_list("valid_from", flat=True)[0]


def last_end(institution: int) -> date:
    """The day from which on nothing is said; an institution that ends hangs nowhere after it."""
    rows = InstitutionVersion.objects.as_of().filter(institution_id=institution)
    return rows.order_by("-valid_to").values_list("valid_to", flat=True)[0]
