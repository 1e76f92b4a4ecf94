"""Accounting periods in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chalicelib.kernel.clock import to_text

if TYPE_CHECKING:
    from chalicelib.stock.periods import Finding, PeriodVersion, Standings


def version_json(version: PeriodVersion) -> dict[str, Any]:
    """A version of a period: who, when, why, and what was checked."""
    return {
        "period": version.period,
        "version": version.version,
        "state": version.state.value,
        "by": version.by,
        "at": to_text(version.at),
        "reason": version.reason,
        "points": [finding_json(each) for each in version.findings],
    }


def standings_json(found: Standings) -> dict[str, Any]:
    """A period and all its versions, the first one first."""
    versions = [version_json(each) for each in found.versions]
    return {"period": found.period, "state": found.state.value, "versions": versions}


def checklist_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """What stands in the way, and what doesn't."""
    points = [finding_json(each) for each in findings]
    return {"passed": all(each.passed for each in findings), "points": points}


def finding_json(finding: Finding) -> dict[str, Any]:
    """One point; `more`: there are more than were counted."""
    return {
        "point": finding.point.value,
        "passed": finding.passed,
        "count": finding.count,
        "more": finding.more,
        "culprits": list(finding.culprits),
        "signed_off": finding.signed_off,
    }
