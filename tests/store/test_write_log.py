"""The write-ahead log: acknowledged means on the disk, whatever goes wrong; damage is named, a torn end is not."""

import errno
import random
import threading
from pathlib import Path

import pytest

from jieyue.store.errors import LakeFull, LakeWriteFailed
from jieyue.store.log_reader import LogReader
from jieyue.store.log_record import HEAD_BYTES, find
from jieyue.store.segments import SegmentFiles
from jieyue.store.write_log import LogStopped, WriteLog
from tests.store.log_shim import ForgetfulFiles, PowerCut, damages, entry, numbers


def written(root: Path, count: int, *, segment_bytes: int = 1 << 20, **more: object) -> WriteLog:
    """A log with so many entries."""
    log = WriteLog(root, "one", segment_bytes=segment_bytes, low=0, **more)
    for number in range(count):
        log.append(entry(number))
    return log


def test_what_was_appended_is_read_in_its_order_with_who_sent_it(tmp_path: Path) -> None:
    log = written(tmp_path, 20, segment_bytes=1500)
    reader = LogReader(tmp_path)
    assert numbers(reader) == list(range(20))
    segments = list(reader.segments())
    assert len(segments) == 5  # four records of 406 bytes and more in each
    assert [one.whole for one in segments] == [True, True, True, True, False]
    first = segments[0].found.records[0].entry
    assert (first.client, first.key, first.digest, len(first.payload)) == ("token:1", "k0", "d0", 300)
    log.close()
    assert [one.whole for one in reader.segments()] == [True] * 5
    with pytest.raises(LakeWriteFailed):
        log.append(entry(99))


def test_two_processes_have_folders_of_their_own(tmp_path: Path) -> None:
    one, two = WriteLog(tmp_path, "a", low=0), WriteLog(tmp_path, "b", low=0)
    places = [one.append(entry(1)), two.append(entry(2)), one.append(entry(3))]
    assert [place.segment for place in places] == ["a/00000001.log", "b/00000001.log", "a/00000001.log"]
    assert places[0].offset == places[1].offset == HEAD_BYTES < places[2].offset
    assert numbers(LogReader(tmp_path)) == [1, 3, 2]


class Gate(SegmentFiles):
    """The first flush of a segment's entries waits until it is let go."""

    def __init__(self) -> None:
        self.syncs, self.at_first, self.go = 0, threading.Event(), threading.Event()

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        if self.syncs == 2:  # the first is the new segment's
            self.at_first.set()
            assert self.go.wait(30)
        super().sync(descriptor)


def test_callers_that_come_while_the_disk_works_share_the_next_flush(tmp_path: Path) -> None:
    files = Gate()
    log = WriteLog(tmp_path, files=files, low=0)
    threads = [threading.Thread(target=log.append, args=(entry(number),)) for number in range(9)]
    threads[0].start()
    assert files.at_first.wait(30)
    for thread in threads[1:]:
        thread.start()
    path = log.folder / "00000001.log"
    while len(find(path.read_bytes()).records) < 9:
        threads[1].join(0.001)
    assert all(thread.is_alive() for thread in threads)  # written, not flushed: nobody is answered
    files.go.set()
    for thread in threads:
        thread.join(30)
    assert files.syncs == 3
    assert sorted(numbers(LogReader(tmp_path))) == list(range(9))


def cut_run(tmp_path: Path, seed: int, files: ForgetfulFiles, threads: int = 1) -> tuple[list[int], set[int]]:
    """Append until the power goes: (acknowledged, what the product's own recovery finds)."""
    rng = random.Random(seed)
    log = WriteLog(tmp_path / f"live{seed}", "one", files=files, segment_bytes=2000, low=0)
    acknowledged: list[int] = []

    def send(first: int) -> None:
        try:
            for number in range(first, first + 40):
                log.append(entry(number, 100 + 37 * number % 900))
                acknowledged.append(number)
        except PowerCut:
            pass

    workers = [threading.Thread(target=send, args=(100 * n,)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    reader = files.after_the_cut(tmp_path / f"after{seed}", rng)
    found = numbers(reader)
    assert len(set(found)) == len(found)
    assert set(found) <= {100 * n + k for n in range(threads) for k in range(40)}
    assert damages(reader) == [], seed
    return acknowledged, set(found)


@pytest.mark.parametrize("threads", [1, 3])
def test_no_loss_of_power_loses_what_was_acknowledged(tmp_path: Path, threads: int) -> None:
    some = 0
    for seed in range(120):
        files = ForgetfulFiles(cut_at=random.Random(seed).randrange(1, 120))
        acknowledged, found = cut_run(tmp_path, seed, files, threads)
        assert set(acknowledged) <= found, seed
        some += len(acknowledged)
    assert some > 1000


class NeverFlushes(ForgetfulFiles):
    """A disk that says it has flushed and has not."""

    def sync(self, descriptor: int) -> None:
        self._step()


def test_the_same_test_notices_a_flush_that_does_nothing(tmp_path: Path) -> None:
    lost = 0
    for seed in range(30):
        files = NeverFlushes(cut_at=random.Random(seed).randrange(20, 120))
        try:
            acknowledged, found = cut_run(tmp_path, seed, files)
        except AssertionError:
            lost += 1
        else:
            lost += not set(acknowledged) <= found
    assert lost > 25


@pytest.mark.parametrize("behind", [0, 1])
def test_cut_at_every_byte_the_log_is_its_longest_whole_part(tmp_path: Path, behind: int) -> None:
    log = written(tmp_path, 6)
    path = log.folder / "00000001.log"
    log.close()
    whole = path.read_bytes()
    records = find(whole).records
    for size in range(records[2].offset, len(whole) + 1):
        path.write_bytes(whole[:size] + bytes(behind * 700))
        left = [n for n, record in enumerate(records) if record.end <= size]
        assert numbers(LogReader(tmp_path)) == left
        assert damages(LogReader(tmp_path)) == []


def test_a_flipped_bit_costs_one_record_and_is_named_unless_it_may_be_a_torn_end(tmp_path: Path) -> None:
    log = written(tmp_path, 5)
    path = log.folder / "00000001.log"
    whole = path.read_bytes()
    records = find(whole).records
    for at in range(HEAD_BYTES, len(whole)):
        hurt = bytearray(whole)
        hurt[at] ^= 1 << (at % 8)
        path.write_bytes(hurt)
        which = next(n for n, record in enumerate(records) if record.end > at)
        assert numbers(LogReader(tmp_path)) == [n for n in range(5) if n != which]
        named = [] if which == 4 else [("one/00000001.log", records[which].offset)]
        assert damages(LogReader(tmp_path)) == named
    for at in range(HEAD_BYTES):
        hurt = bytearray(whole)
        hurt[at] ^= 1
        path.write_bytes(hurt)
        assert numbers(LogReader(tmp_path)) == []
        assert damages(LogReader(tmp_path)) == [("one/00000001.log", 0)]


def test_a_segment_that_another_follows_has_no_torn_end(tmp_path: Path) -> None:
    log = written(tmp_path, 8, segment_bytes=1500)
    path = log.folder / "00000001.log"
    whole = path.read_bytes()
    last = find(whole).records[-1]
    path.write_bytes(whole[:-1])
    assert damages(LogReader(tmp_path)) == [("one/00000001.log", last.offset)]
    assert numbers(LogReader(tmp_path)) == [0, 1, 2, 4, 5, 6, 7]
    segment = next(iter(LogReader(tmp_path).segments()))
    LogReader(tmp_path).drop(segment)
    assert [path.name for path in LogReader(tmp_path).aside()] == ["one-00000001.log"]
    assert numbers(LogReader(tmp_path)) == [4, 5, 6, 7]


class FailingFlush(SegmentFiles):
    """The N-th flush, of a file or a folder, fails once."""

    def __init__(self, fails_at: int) -> None:
        self.calls, self.fails_at = 0, fails_at

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self.fails_at:
            raise OSError(errno.EIO, "Input/output error")

    def sync(self, descriptor: int) -> None:
        self._count()
        super().sync(descriptor)

    def sync_folder(self, path: Path) -> None:
        self._count()
        super().sync_folder(path)


def test_a_flush_that_fails_once_ends_acknowledgement_for_good(tmp_path: Path) -> None:
    undisturbed = FailingFlush(0)
    written(tmp_path / "all", 12, segment_bytes=1500, files=undisturbed)
    assert undisturbed.calls == 2 + 2 * 3 + 12  # two folders; three segments with their folder; each entry
    for fails_at in range(3, undisturbed.calls + 1):
        root = tmp_path / str(fails_at)
        files = FailingFlush(fails_at)
        log = WriteLog(root, "one", files=files, segment_bytes=1500, low=0)
        outcomes = []
        for number in range(12):
            try:
                log.append(entry(number))
            except LogStopped:
                outcomes.append(False)
            else:
                outcomes.append(True)
        good = outcomes.count(True)
        assert outcomes == [True] * good + [False] * (12 - good)
        assert good < 12
        assert log.stopped
        assert files.calls == fails_at, "a failed flush was tried again"
        assert set(range(good)) <= set(numbers(LogReader(root)))
        log.close()
        again = WriteLog(root, "two", files=SegmentFiles(), low=0)  # the process begins anew
        again.append(entry(50))
        assert 50 in numbers(LogReader(root))


def test_a_folder_that_cannot_be_made_takes_nothing_and_is_tried_again(tmp_path: Path) -> None:
    for fails_at in (1, 2):
        log = WriteLog(tmp_path / str(fails_at), "one", files=FailingFlush(fails_at), low=0)
        with pytest.raises(LakeWriteFailed):
            log.append(entry(1))
        log.append(entry(2))
        assert numbers(LogReader(tmp_path / str(fails_at))) == [2]


def test_a_failed_flush_is_told_to_all_who_waited_for_it(tmp_path: Path) -> None:
    class Both(Gate):
        def sync(self, descriptor: int) -> None:
            super().sync(descriptor)
            if self.syncs == 2:
                raise OSError(errno.EIO, "Input/output error")

    files, told = Both(), []
    log = WriteLog(tmp_path, files=files, low=0)

    def send(number: int) -> None:
        try:
            log.append(entry(number))
        except LogStopped:
            told.append(number)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(5)]
    threads[0].start()
    assert files.at_first.wait(30)
    for thread in threads[1:]:
        thread.start()
    while len(find((log.folder / "00000001.log").read_bytes()).records) < 5:
        threads[1].join(0.001)
    files.go.set()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == [0, 1, 2, 3, 4]
    assert files.syncs == 2


class NoRoom(SegmentFiles):
    """While `room` is not None, files take so many bytes more and then refuse."""

    def __init__(self) -> None:
        self.room: int | None = None
        self.may_cut = True

    def write(self, descriptor: int, data: bytes) -> None:
        if self.room is not None and len(data) > self.room:
            super().write(descriptor, data[: self.room])
            raise OSError(errno.ENOSPC, "No space left on device")
        super().write(descriptor, data)

    def cut(self, descriptor: int, size: int) -> None:
        if not self.may_cut:
            raise OSError(errno.EIO, "Input/output error")
        super().cut(descriptor, size)


@pytest.mark.parametrize("may_cut", [True, False])
@pytest.mark.parametrize("room", [0, 1, 19, 20, 21, 200])
def test_without_room_an_entry_is_refused_and_the_next_one_is_tried(
    tmp_path: Path, room: int, may_cut: bool
) -> None:
    files = NoRoom()
    log = WriteLog(tmp_path, "one", files=files, low=0)
    log.append(entry(1))
    files.room, files.may_cut = room, may_cut
    for _ in range(3):
        with pytest.raises(LakeFull) as refused:
            log.append(entry(2))
        assert "磁盘空间不足" in refused.value.zh
        assert numbers(LogReader(tmp_path)) == [1]
    files.room = None
    log.append(entry(3))
    log.append(entry(4))
    assert numbers(LogReader(tmp_path)) == [1, 3, 4]
    assert damages(LogReader(tmp_path)) == []


def test_a_disk_that_runs_low_is_refused_before_it_is_full(tmp_path: Path) -> None:
    class Filling(SegmentFiles):
        share = 0.5

        def free(self, path: Path) -> float:
            return self.share

    files = Filling()
    log = WriteLog(tmp_path, files=files)
    log.append(entry(1))
    files.share = 0.09
    with pytest.raises(LakeFull):
        log.append(entry(2))
    files.share = 0.11
    log.append(entry(3))
    assert numbers(LogReader(tmp_path)) == [1, 3]


def test_what_is_stored_may_go_and_an_ended_process_leaves_nothing(tmp_path: Path) -> None:
    log = written(tmp_path, 6, segment_bytes=1500)
    reader = LogReader(tmp_path)
    first, second = reader.segments()
    assert (first.whole, second.whole) == (True, False)
    reader.drop(first)
    assert numbers(reader) == [4, 5]
    log.append(entry(6))
    log.close()
    for segment in reader.segments():
        assert segment.whole
        reader.drop(segment)
    assert reader.owners() == []
    assert not log.folder.exists()
    assert reader.size() == 0


def test_a_process_that_was_killed_before_its_first_segment_is_in_nobodys_way(tmp_path: Path) -> None:
    log = written(tmp_path, 2)
    (tmp_path / "killed").mkdir()
    living = WriteLog(tmp_path, "living", low=0)
    living._take_folder()  # its folder is there, its first segment is not
    reader = LogReader(tmp_path)
    assert numbers(reader) == [0, 1]
    assert reader.owners() == ["living", "one"]
    living.append(entry(7))
    assert numbers(reader) == [7, 0, 1]
    log.close()
