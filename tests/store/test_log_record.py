"""What counts as a record: one of a group that was never flushed does not, nor do bytes that a client made up."""

from jieyue.store.log_record import HEAD_BYTES, LARGEST, Damage, Entry, find, head, pack

SALT = b"12345678"
BODY = Entry("token:1", "k", "d", {"n": 1}, b"rows").encode()


def segment(*records: bytes) -> bytes:
    """A segment with these bytes behind its head."""
    return head(SALT, 0) + b"".join(records)


def test_of_a_group_that_no_flush_reached_the_whole_ones_behind_a_torn_one_are_no_records() -> None:
    """One flush for three: the second came to the disk torn, the third whole; nobody was answered."""
    first = pack(SALT, HEAD_BYTES, HEAD_BYTES, BODY)
    second_at = HEAD_BYTES + len(first)
    second = pack(SALT, second_at, HEAD_BYTES, BODY)
    third = pack(SALT, second_at + len(second), HEAD_BYTES, BODY)
    found = find(segment(first, bytes(len(second)), third))
    assert [record.offset for record in found.records] == [HEAD_BYTES]
    assert (found.end, found.torn, found.damages) == (second_at, True, ())
    later = pack(SALT, second_at + len(second), second_at + 1, BODY)  # says that the second was on the disk
    found = find(segment(first, bytes(len(second)), later))
    assert [record.offset for record in found.records] == [HEAD_BYTES, second_at + len(second)]
    assert found.damages == (Damage(second_at, second_at + len(second)),)


def test_a_payload_cannot_pass_for_a_record() -> None:
    first = pack(SALT, HEAD_BYTES, HEAD_BYTES, BODY)
    at = HEAD_BYTES + len(first) + 20  # where the payload of the torn record begins
    for made_up in (
        pack(b"87654321", at, at, BODY),  # another salt: a client does not know ours
        pack(SALT, HEAD_BYTES, at, BODY),  # for another place: copied from a file
        first,
    ):
        torn = bytearray(pack(SALT, HEAD_BYTES + len(first), at, made_up + BODY))
        torn[4] ^= 1
        found = find(segment(first, bytes(torn)))
        assert [record.offset for record in found.records] == [HEAD_BYTES], made_up
        assert found.damages == ()


def test_a_length_beyond_every_body_is_no_length() -> None:
    huge = bytearray(pack(SALT, HEAD_BYTES, HEAD_BYTES, BODY))
    huge[4:8] = (LARGEST + 1).to_bytes(4, "little")
    assert find(segment(bytes(huge))).records == ()


def test_an_entry_comes_back_as_it_was() -> None:
    one = Entry("token:7", "钥匙", "ff", {"received": 3, "findings": [{"code": "x"}]}, bytes(range(256)))
    assert Entry.decode(one.encode()) == one
