#!/usr/bin/python3
"""The journal on a disk that fails: a power cut before any system call, with any of what was not
synced lost or torn; EIO and ENOSPC from any call; short writes. After each, what was acknowledged is
there, what was durably done is not, nothing comes twice, and the books are equal.

FAULT_SEEDS=1000 makes as many random histories, FAULT_SEED=7 only that one.
"""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import disk as disk_of
import journal_reader
from support.process import ROOT

BUILD = pathlib.Path(os.environ.get("BUILD_FOLDER", ROOT / "build-debug"))
DRIVER, SHIM = BUILD / "tests" / "journal_driver", BUILD / "tests" / "disk_shim.so"
CRASHED = 77
SEGMENT_BYTES = 4096
SEEDS = int(os.environ.get("FAULT_SEEDS", 15))
ONLY = os.environ.get("FAULT_SEED")


class History:
    """A folder, what was asked of the journal in it, and what must and may be there."""

    def __init__(self, seed, archive):
        self.chance = random.Random(seed)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="nm-disk-", dir="/tmp"))
        self.folder, self.archive = self.root / "journal", self.root / "archive" if archive else None
        self.folders = [f for f in (self.folder, self.archive) if f]
        for folder in self.folders:
            folder.mkdir()
        self.number = 0
        self.must, self.may = set(), set()  # live: acknowledged and not ended; perhaps live
        self.gone = set()                   # durably ended
        self.accepted = self.ended = (0, 0)  # at least, at most
        self.ever = set()                   # acknowledged once
        self.moved = 0                      # records of articles that were written again

    def close(self):
        shutil.rmtree(self.root)

    def run(self, script, **faults):
        """Runs the driver; (its exit code, one answer a command as far as it came)."""
        log = self.root / "log"
        log.unlink(missing_ok=True)
        environment = {**os.environ, "LD_PRELOAD": str(SHIM), "FAULT_DISK_LOG": str(log),
                       "FAULT_DISK_FOLDERS": ":".join(map(str, self.folders)),
                       **{f"FAULT_DISK_{key.upper()}": str(value) for key, value in faults.items()}}
        if "sanitize" in os.environ.get("ASAN_OPTIONS", ""):
            environment.pop("LD_PRELOAD")
        disk = disk_of.Disk(self.folders)
        arguments = [DRIVER, self.folder, str(SEGMENT_BYTES), *([self.archive] if self.archive else [])]
        done = subprocess.run(arguments, input="\n".join(script) + "\n", capture_output=True, text=True,
                              timeout=60, env=environment, check=False)
        self.errors = done.stderr
        self.calls = log.read_bytes() if log.exists() else b""
        disk.play(self.calls)
        self.moved += sum(kind == journal_reader.MOVED for path in self.folder.glob("*.segment")
                          for kind, _, _ in self.records(path, trust=True))
        return done.returncode, done.stdout.splitlines(), disk

    @staticmethod
    def records(path, trust=False):
        return journal_reader.records(path, int(journal_reader.NAME.match(path.name).group(2), 16), trust)

    # ---- what is asked ----

    def script(self, length, batch=3):
        """Appends, ends and syncs at random; some articles are never ended, so that they pin segments."""
        said, chance = [], self.chance
        for _ in range(length):
            what = chance.random()
            if what < 0.4:
                for _ in range(chance.randrange(1, batch + 1)):
                    self.number += 1
                    size = 270000 if chance.random() < 0.02 else chance.choice((0, 10, 900, 6000, 20000, 40000))
                    said.append(f"append {self.number} {size}")
            elif what < 0.6:
                said += [chance.choice(("next", "look"))] * chance.randrange(1, 2 * batch)
            elif what < 0.75:
                # The newest are ended sooner: the old ones stay behind and must be moved.
                said += [f"done {chance.choice((0, 0, 0, 1, 2, 9, 50))} {chance.randrange(3)}" for _ in range(2 * batch)]
            elif what < 0.8:
                said.append("duplicate")
            elif what < 0.82:
                said.append("room")
            elif what < 0.92:  # the thread's write may end at once, while more is appended, or be waited for
                said += ["on"] * chance.randrange(1, 3) + ["wait", "on"] * chance.randrange(2)
            else:
                said.append("sync")
        return said + ["sync"]

    # ---- what follows from the answers ----

    def acknowledge(self, numbers):
        numbers = set(numbers)
        self.must |= numbers
        self.ever |= numbers

    def account(self, script, answers):
        """The obligations, from what the journal said."""
        pending, ending = {}, set()  # by the number of the append
        appended = ended = 0
        low_appended = low_ended = 0
        for command, said in zip(script, answers):
            what = command.split()[0]
            if what == "append" and said == "ok":
                appended += 1
                pending[appended] = int(command.split()[1])
            elif what == "duplicate" and said == "ok":
                appended += 1
                ended += 1
            elif what == "done" and said.isdigit():
                ending.add(int(said))
                ended += 1
            elif what == "sync" and said == "ok":
                self.acknowledge(pending.values())
                self.must -= ending
                self.gone |= ending
                pending, ending = {}, set()
                low_appended, low_ended = appended, ended
            elif what == "on" and said.isdigit():
                durable = int(said)
                if durable > appended:
                    raise AssertionError(f"{durable} of {appended} appends are durable")
                self.acknowledge(number for ticket, number in pending.items() if ticket <= durable)
                pending = {ticket: number for ticket, number in pending.items() if ticket > durable}
                low_appended = max(low_appended, durable)
            elif said == "other":
                raise AssertionError(f"other bytes than were appended\n{self.errors}")
        # The command that was being obeyed may have had an effect, whatever became of its answer.
        cut = script[len(answers)] if len(answers) < len(script) else ""
        if cut.startswith("append"):
            pending[appended + 1] = int(cut.split()[1])
        extra = 1 if cut.startswith(("append", "duplicate")) else 0
        self.may |= set(pending.values()) | ending
        self.must -= ending
        self.accepted = (self.accepted[0] + low_appended, self.accepted[1] + appended + extra)
        self.ended = (self.ended[0] + low_ended, self.ended[1] + ended + (1 if cut == "duplicate" else 0))

    # ---- what is found ----

    def check(self, test, why):
        """Opens it again and compares. What is found is then what must be."""
        code, answers, _ = self.run(["books"] + ["next"] * (len(self.must | self.may) + 1))
        why = f"{why}\n{answers[:6]}\n{self.errors}"
        test.assertEqual((code, answers[0]), (0, "ok"), f"it opens: {why}")
        accepted, stored, duplicate, dead, in_flight, _, _ = map(int, answers[1].split())
        given = answers[2:]
        test.assertEqual(given[-1], "none", why)
        found = [int(number) if number.isdigit() else number for number in given if number != "none"]
        live = set(found)
        test.assertEqual(len(found), len(live), f"twice: {why}")
        test.assertEqual(self.must - live, set(), f"acknowledged and lost: {why}")
        test.assertEqual(live & self.gone, set(), f"durably done, and there again: {why}")
        test.assertEqual(live - self.must - self.may, set(), f"from nowhere: {why}")
        test.assertEqual(accepted, stored + duplicate + dead + in_flight, why)
        test.assertEqual(in_flight, len(live), why)
        test.assertTrue(self.accepted[0] <= accepted <= self.accepted[1], f"{accepted} of {self.accepted}: {why}")
        ended = stored + duplicate + dead
        test.assertTrue(self.ended[0] <= ended <= self.ended[1], f"{ended} of {self.ended}: {why}")
        self.gone |= (self.may - live)
        self.must, self.may = live, set()
        self.accepted, self.ended = (accepted, accepted), (ended, ended)
        if self.archive:
            self.check_archive(test, why)

    def check_archive(self, test, why):
        """Everything that was ever acknowledged can be replayed."""
        kept = set()
        for folder in self.folders:
            for path in folder.glob("*.segment"):
                for kind, _, payload in self.records(path):
                    if kind in (journal_reader.ARTICLE, journal_reader.MOVED):
                        payload = payload[8:] if kind == journal_reader.MOVED else payload
                        at = 4 + int.from_bytes(payload[:4], "little")
                        kept.add(int(payload[at:].split()[0]))
        test.assertEqual(self.ever - kept, set(), f"acknowledged and not in the archive: {why}")


def count_calls(log):
    """How many system calls a log has."""
    at = count = 0
    while at < len(log):
        _, a, b, c, _, _ = disk_of.ENTRY.unpack_from(log, at)
        at += disk_of.ENTRY.size + a + b + c
        count += 1
    return count


def synced(log):
    """The paths of the folders that a log says were synced."""
    at = 0
    while at < len(log):
        kind, a, b, c, _, _ = disk_of.ENTRY.unpack_from(log, at)
        at += disk_of.ENTRY.size
        if kind == disk_of.SYNC_FOLDER:
            yield log[at:at + a]
        at += a + b + c


class JournalModel(unittest.TestCase):
    def history(self, seed, archive=False):
        made = History(seed, archive)
        self.addCleanup(made.close)
        return made

    def cut(self, history, script, at, why):
        """A power cut before call number `at`, what is left, and the look at it."""
        code, answers, disk = history.run(script, at=at, do="crash")
        self.assertIn(code, (0, CRASHED), f"{why}\n{history.errors}")
        history.account(["open", *script], answers)
        disk.write(disk.after_cut(history.chance))
        history.check(self, why)
        return code == CRASHED

    def test_a_cut_before_every_call_of_one_history(self):
        probe = self.history(1)
        script = probe.script(250)
        probe.run(script)
        calls = count_calls(probe.calls)
        self.assertGreater(calls, 150)
        for at in range(1, calls + 2):
            with self.subTest(call=at):
                history = self.history(1)
                history.script(250)  # the same numbers
                history.chance = random.Random(at)
                self.cut(history, script, at, f"call {at} of {calls}")
                history.close()
                history.root.mkdir()  # for the clean-up
        print(f"  {calls} calls, a cut before each", flush=True)

    def test_a_new_folder_lasts(self):
        history = self.history(1)
        history.folder = history.root / "data" / "journal"
        history.folder.parent.mkdir()
        history.folders = [history.root, history.folder.parent]
        code, _, _ = history.run(["append 1 10", "sync"])
        self.assertEqual(code, 0, history.errors)
        for folder in history.folders:
            self.assertIn(str(folder).encode(), [name for name in synced(history.calls)], history.calls)

    def test_cuts_one_after_the_other(self):
        """Random histories in which every recovery is the beginning of the next one, and may be cut too."""
        cuts = moved = 0
        for seed in [int(ONLY)] if ONLY else range(SEEDS):
            history = self.history(seed, archive=seed % 3 == 0)
            for turn in range(6):
                script = history.script(history.chance.choice((5, 40, 120)))
                at = history.chance.choice((history.chance.randrange(1, 20), history.chance.randrange(1, 250)))
                cuts += self.cut(history, script, at, f"FAULT_SEED={seed}, turn {turn}, before call {at}")
            moved += history.moved
        print(f"  {cuts} cuts, {moved} articles seen that were written again", flush=True)
        self.assertGreater(cuts, SEEDS if not ONLY else 0)

    def test_repair_is_cut_too(self):
        for seed in range(SEEDS):
            history = self.history(seed)
            script = history.script(60)
            history.account(["open", *script], history.run(script)[1])
            self.damage(history)
            at = history.chance.randrange(1, 25)
            code, answers, disk = history.run(["repair"], at=at, do="crash")
            self.assertIn(code, (0, CRASHED), history.errors)
            disk.write(disk.after_cut(history.chance))
            history.check(self, f"seed {seed}, repair cut before call {at}")

    def damage(self, history):
        """Bytes of a done article's record turn: nothing that is owed is lost with it."""
        for path in sorted(history.folder.glob("*.segment")):
            data = bytearray(path.read_bytes())
            at = 0
            for kind, _, payload in history.records(path):
                if kind == journal_reader.ARTICLE:
                    number = int(payload[4 + int.from_bytes(payload[:4], "little"):].split()[0])
                    if number in history.gone:
                        data[at + 40] ^= 0xFF
                        path.write_bytes(data)
                        history.ended = history.accepted = (0, 1 << 30)
                        return
                at += (journal_reader.HEADER.size + len(payload) + 7) // 8 * 8

    def failing(self, do, seeds=SEEDS, **more):
        """One call fails; the process says so, ends, and another opens what is there."""
        failed = 0
        for seed in range(seeds):
            history = self.history(seed)
            for turn in range(4):
                script = history.script(40)
                at = history.chance.randrange(1, 60)
                code, answers, disk = history.run(script, at=at, do=do, **more)
                why = f"seed {seed}, turn {turn}, {do} from call {at}\n{answers[-3:]}"
                self.assertIn(code, (0, 3), f"{why}\n{history.errors}")
                failed += any(said.startswith(("failed", "full")) for said in answers)
                if answers[0] == "ok":
                    history.account(["open", *script], answers)
                self.after_failure(answers, script, why)
                disk.write(disk.after_cut(history.chance))
                history.check(self, why)
        print(f"  {failed} failures were said", flush=True)
        return failed

    def after_failure(self, answers, script, why):
        """Nothing is acknowledged after a write or a sync failed."""
        broken = False
        for command, said in zip(["open", *script], answers):
            if broken and command in ("sync", "on"):
                self.assertTrue(said.startswith("failed"), f"acknowledged after a failure: {why}")
            broken = broken or said.startswith("failed journal-write")

    def test_eio(self):
        self.assertGreater(self.failing("EIO"), SEEDS)

    def test_enospc(self):
        self.assertGreater(self.failing("ENOSPC"), SEEDS // 2)

    def test_a_sync_that_fails(self):
        self.assertGreater(self.failing("EIO", only="fdatasync"), 0)

    def test_a_full_disk_that_stays_full(self):
        self.assertGreater(self.failing("ENOSPC", only="posix_fallocate", lasting=1), 0)

    def test_short_writes(self):
        for seed in range(SEEDS):
            history = self.history(seed)
            script = history.script(60)
            code, answers, _ = history.run(script, at=1, do="short", only="pwrite", lasting=1)
            self.assertEqual(code, 0, history.errors)
            self.assertFalse([said for said in answers if said.startswith("failed")])
            history.account(["open", *script], answers)
            history.check(self, f"seed {seed}")


if __name__ == "__main__":
    unittest.main()
