"""Replays and dry runs as JSON, for programs and people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.aws.observability import masked

if TYPE_CHECKING:
    # Every function imports this file, by way of the routes.
    from chalicelib.bootstrap.replaying import Result
    from chalicelib.kernel.events import Event
    from chalicelib.kernel.rehearsal import Change


def replay_json(result: Result) -> dict[str, Any]:
    """A replay, for programs and people."""
    shown: dict[str, Any] = {
        "message_id": result.message.id,
        "peer": result.message.peer,
        "method": result.message.method,
        "before": result.before.value,
        "outcome": result.answer.outcome.value,
        "listed_as": result.message.outcome.value,
        "documents": list(result.message.documents),
        "status": result.answer.status,
        "answer": result.answer.body,
        "dry_run": result.rehearsed is not None,
    }
    if result.rehearsed is not None:
        shown["changes"] = [change_json(each) for each in result.rehearsed.changes]
        shown["events"] = [_event_json(each) for each in result.rehearsed.events]
    return shown


def change_json(change: Change) -> dict[str, Any]:
    """An item that would be written: its key, and each field that would differ, before and after.
    Sealed items say only that they are.
    """
    words = {(True, False): "created", (False, True): "deleted"}
    is_sealed = "nonce" in (change.after or change.before or {})
    fields = {} if is_sealed else change.fields()
    return {
        "table": change.key.table,
        "pk": change.key.pk,
        "sk": change.key.sk,
        "change": words.get((change.before is None, change.after is None), "changed"),
        "fields": "sealed"
        if is_sealed
        else {name: [masked(before), masked(after)] for name, (before, after) in fields.items()},
    }


def _event_json(event: Event) -> dict[str, Any]:
    return {"kind": event.kind, "subject": event.subject, "data": masked(dict(event.data))}
