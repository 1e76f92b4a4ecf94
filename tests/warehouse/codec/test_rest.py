"""What the codec hasn't read is kept by its place."""

from __future__ import annotations

from chalicelib.warehouse.codec.rest import rest
from chalicelib.warehouse.xml import read


def test_what_was_not_read_is_kept_by_its_place() -> None:
    body = (
        b"<response><flag>success</flag><orders><order><code>1</code></order></orders>"
        b"<extendProps><colour>red</colour><empty/><gone>null</gone></extendProps>"
        b"<seal><no>a</no></seal><seal><no>b</no></seal><page>1</page></response>"
    )
    assert rest(read(body, root="response"), "flag", "orders") == (
        ("extendProps/colour", "red"),
        ("seal[1]/no", "a"),
        ("seal[2]/no", "b"),
        ("page", "1"),
    )


def test_places_are_below_the_part_so_that_its_number_in_the_message_doesnt_matter() -> None:
    body = (
        b"<request><item><no>1</no><x>7</x></item><item><no>2</no><deep><x>7</x></deep></item>"
        b"</request>"
    )
    first, second = read(body).children("item")
    assert rest(first, "no") == (("x", "7"),)
    assert rest(second, "no") == (("deep/x", "7"),)
    assert rest(second, "no", "deep") == ()
