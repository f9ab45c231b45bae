"""Runs the tests against every mutant of some rooms, all of them woven into one build (see weave.py).

    tests/mutants/woven.py ROOM… [--seconds S] [--workers N] [--tests BEGINNING…]

Each test runs once alone and says which mutants it meets. Then each mutant is chosen in turn, and the tests
that meet it run, quickest first, until one fails: it is noticed. At most S seconds of tests a mutant (30
unless said), as measured without it. What no test meets, or none of those notices, is listed in
target/mutants/woven/ROOM.txt. Needs cargo-mutants (tests/mutants/run installs it) and the Python packages
tree-sitter and tree-sitter-rust. Works on a copy of what is committed.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = {
    "obtain": ["src/obtain.rs", "src/obtain/**/*.rs"],
    "grant": ["src/grant/**/*.rs"],
    "http": ["src/http.rs", "src/world/http.rs", "src/world/http/**/*.rs"],
    "source": ["src/source/**/*.rs", "src/unlock.rs"],
    "command": ["src/command/**/*.rs", "src/error.rs"],
    "cli": ["src/cli.rs", "src/cli/**/*.rs", "src/run.rs"],
    "cache": ["src/world/cache.rs", "src/world/cache/**/*.rs"],
    "world": ["src/world/**/*.rs"],
    "spec": ["src/spec/**/*.rs"],
    "find": ["src/find.rs", "src/find/**/*.rs"],
    "protocol": ["src/protocol/**/*.rs"],
    "time": ["src/time.rs", "src/time/**/*.rs"],
    "target": ["src/target.rs", "src/target/**/*.rs", "src/credential.rs"],
}
# Rooms that other rooms' rows hold.
WITHOUT = {"world": ["src/world/http", "src/world/cache"]}
# Tests that read the source itself, count what a release does, or say nothing of one build.
NEVER = ("house::", "gates::", "readme::", "ci::", "mangled::")
LONGEST = 20


def copy(tree):
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in names.decode().split("\0"):
        if name and (ROOT / name).is_file():
            place = tree / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place)


def listed(room):
    command = ["cargo", "mutants", "--list", "--json"]
    for pattern in ROOMS[room]:
        command += ["--file", pattern]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    apart = WITHOUT.get(room, [])
    return [m for m in json.loads(told.stdout) if not any(m["file"].startswith(path) for path in apart)]


class Worker:
    """A folder with a program and its tests, and the number of the mutant that they are to be."""

    def __init__(self, folder):
        self.folder = folder

    def choose(self, number):
        (self.folder / "mutant").write_text(str(number))

    def run(self, kind, names, limit):
        """Whether they pass; `None` if they did not end."""
        program = self.folder / kind
        process = subprocess.Popen(
            [program, "--exact", *names, "--test-threads=1", "-q"], cwd=self.tree,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            return process.wait(limit) == 0
        except subprocess.TimeoutExpired:
            return None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            # What a test ran has a group of its own, and a mutant of it may never end.
            subprocess.run(["pkill", "-KILL", "-f", str(self.folder / "keyfob")], check=False)


def build(tree, base, workers):
    environment = {**os.environ, "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_TEST_DEBUG": "0",
                   "CARGO_TARGET_DIR": str(base / "target")}
    made = []
    for index in range(workers):
        folder = base / f"worker-{index}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        environment["KEYFOB_BINARY"] = str(folder / "keyfob")
        command = ["cargo", "test", "--no-run", "--offline", "--quiet", "--message-format=json",
                   "--bin", "keyfob", "--lib", "--test", "keyfob"]
        subprocess.run(["cargo", "build", "--offline", "--quiet", "--bin", "keyfob"], cwd=tree, env=environment, check=True)
        shutil.copy2(base / "target/debug/keyfob", folder / "keyfob")
        told = subprocess.run(command, cwd=tree, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        for line in told.stdout.splitlines():
            artifact = json.loads(line)
            if artifact.get("profile", {}).get("test") and artifact.get("executable"):
                kind = "lib" if "lib" in artifact["target"]["kind"] else "tests"
                shutil.copy2(artifact["executable"], folder / kind)
        worker = Worker(folder)
        worker.tree = tree
        worker.choose(0)
        made.append(worker)
    return made


def names(worker, kind):
    told = subprocess.run([worker.folder / kind, "--list"], cwd=worker.tree, capture_output=True, text=True, check=True)
    lines = (line[:-6] for line in told.stdout.splitlines() if line.endswith(": test"))
    return [name for name in lines if not name.startswith(NEVER)]


def each(workers, items, work):
    """Every item by some worker; prints how far it is."""
    left, lock, done = list(items), threading.Lock(), [0]

    def go(worker):
        while True:
            with lock:
                if not left:
                    return
                item = left.pop(0)
                done[0] += 1
                if done[0] % 50 == 0:
                    print(f"woven: {done[0]}, {len(left)} left", file=sys.stderr, flush=True)
            work(worker, item)

    with ThreadPoolExecutor(len(workers)) as pool:
        for future in [pool.submit(go, worker) for worker in workers]:
            future.result()


def record(workers, beginnings):
    """Which tests meet a mutant: number → [(seconds, kind, name)]."""
    meets = {}

    def work(worker, item):
        kind, name = item
        seen = worker.folder / "mutant.seen"
        seen.write_text("")
        began = time.monotonic()
        passed = worker.run(kind, [name], LONGEST)
        took = time.monotonic() - began
        if not passed:
            print(f"woven: left out, for it fails without a mutant: {name}", file=sys.stderr)
            return
        for number in set(seen.read_text().split()):
            meets.setdefault(int(number), []).append((took, kind, name))

    tests = [(kind, name) for kind in ("lib", "tests") for name in names(workers[0], kind)
             if name.startswith(tuple(beginnings))]
    each(workers, tests, work)
    for worker in workers:
        (worker.folder / "mutant.seen").unlink(missing_ok=True)
    for tests in meets.values():
        tests.sort()
    return meets


def notice(worker, number, tests, seconds):
    """The test that notices it, or none."""
    worker.choose(number)
    try:
        spent = 0.0
        while tests and spent < seconds:
            took, kind, _ = tests[0]
            some = [test for test in tests if test[1] == kind][:1 if took > 0.3 else 4]
            limit = sum(test[0] for test in some)
            if worker.run(kind, [test[2] for test in some], 3 * limit + 10) is not True:
                # Once more without the mutant: a test that fails at times says nothing.
                worker.choose(0)
                if worker.run(kind, [test[2] for test in some], 3 * limit + 10) is True:
                    return some[0][2]
                worker.choose(number)
            spent += limit
            tests = [test for test in tests if test not in some]
        return None
    finally:
        worker.choose(0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rooms", nargs="+", choices=sorted(ROOMS))
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--tests", nargs="*", default=[""], help="only tests that begin so")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    base = ROOT / "target/mutants/woven"
    base.mkdir(parents=True, exist_ok=True)
    tree = base / "tree"
    copy(tree)
    mutants = []
    for room in chosen.rooms:
        for mutant in listed(room):
            mutants.append({**mutant, "room": room})
    (base / "list.json").write_text(json.dumps(mutants))
    environment = {**os.environ, "CARGO_TARGET_DIR": str(base / "target")}
    subprocess.run([sys.executable, ROOT / "tests/mutants/weave.py", tree, base / "list.json", base / "kept"],
                   env=environment, check=True)
    kept = [json.loads(line) for line in (base / "kept").read_text().splitlines()]
    workers = build(tree, base, chosen.workers)
    meets = record(workers, chosen.tests)
    (base / "meets.json").write_text(json.dumps(meets))
    results = {}
    (base / "so-far.txt").write_text("")

    def work(worker, mutant):
        tests = meets.get(mutant["number"], [])
        noticed = notice(worker, mutant["number"], tests, chosen.seconds) if tests else "-"
        results[mutant["number"]] = noticed
        with (base / "so-far.txt").open("a") as so_far:
            so_far.write(f"{noticed}\t{mutant['name']}\n")

    each(workers, kept, work)
    for room in chosen.rooms:
        every = sum(mutant["room"] == room for mutant in mutants)
        of_room = [mutant for mutant in kept if mutant["room"] == room]
        unmet = [m["name"] for m in of_room if results[m["number"]] == "-"]
        survived = [m["name"] for m in of_room if results[m["number"]] is None]
        noticed = len(of_room) - len(unmet) - len(survived)
        text = "".join(f"survived\t{name}\n" for name in survived) + "".join(f"not met\t{name}\n" for name in unmet)
        (base / f"{room}.txt").write_text(text)
        print(f"| {room} | {every} | {noticed} | {every - len(of_room)} | {len(survived) + len(unmet)} |", flush=True)


if __name__ == "__main__":
    main()
