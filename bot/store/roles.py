"""What each role of a member may do: the one table that every route of the console and every command asks.

A reviewer reads and judges, a clinician also acts, a manager also arranges the clinic's work, an administrator looks
after people and settings and sees nothing of what patients write.
"""

REVIEWER, CLINICIAN, MANAGER, ADMINISTRATOR = ROLES = ("reviewer", "clinician", "manager", "administrator")

MAY: dict[str, frozenset[str]] = {
    "sign_in": frozenset(ROLES),
    "see_duty": frozenset(ROLES),
    "vouch": frozenset({CLINICIAN, MANAGER, ADMINISTRATOR}),
    "drill": frozenset({CLINICIAN, MANAGER, ADMINISTRATOR}),
    "see_figures": frozenset({REVIEWER, MANAGER, ADMINISTRATOR}),
    "read": frozenset({REVIEWER, CLINICIAN, MANAGER}),
    "act": frozenset({CLINICIAN, MANAGER}),
    "judge_examples": frozenset({REVIEWER, CLINICIAN, MANAGER}),
    "sample": frozenset({REVIEWER, CLINICIAN, MANAGER}),
    "export": frozenset({CLINICIAN, MANAGER}),
    "oversee": frozenset({MANAGER}),
    "arrange_duty": frozenset({MANAGER, ADMINISTRATOR}),
    "change_settings": frozenset({MANAGER, ADMINISTRATOR}),
    "manage_people": frozenset({MANAGER, ADMINISTRATOR}),
    "read_audit": frozenset({MANAGER, ADMINISTRATOR}),
}


def may(role: str, right: str) -> bool:
    """Whether a role has a right. Raises KeyError for a right that the table does not know."""
    return role in MAY[right]
