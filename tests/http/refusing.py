"""A signed document that is refused, and everything that has to hold then."""

from __future__ import annotations

from tests.http.world import Site


def refused(site: Site, path: str, body: bytes, status: int) -> tuple[str, str | None]:
    """The code and the field of a refusal that changed nothing and is in the log."""
    answer = site.changes_nothing(lambda: site.post(path, body))
    assert answer.status_code == status, answer.body
    said = answer.json_body
    assert set(said) <= {"code", "message", "field", "message_id"}
    assert b"Traceback" not in answer.body
    for personal in ("欧阳小明", "13712345678", "502", "xiaoming", "ou@example.com"):
        assert personal not in answer.body.decode()
    shown = site.ask(f"/v1/messages/{said['message_id']}").json_body
    assert (shown["outcome"], shown["code"]) == ("REFUSED", said["code"])
    assert site.raw(said["message_id"]) == body
    return said["code"], said.get("field")
