#!/usr/bin/env python3
"""A fleet on paper: machines that share one service account at a provider which answers a few requests a minute.

Each machine has keyfob's cache: one request at a time, a token renewed by whoever asks after its jittered renewal, the old one used until its
end, `Retry-After` kept. `shared` puts one cache behind all of them. Nothing is measured here; the numbers follow from the rules.

    tests/bench/fleet.py [SEED]
"""

import heapq
import random
import sys

HOURS = 4
JOBS_AN_HOUR = 6  # on each machine
LONGEST_WAIT = 9  # seconds: how long a job waits for its token, as a call does


def margin(life):
    return min(max(30, min(300, life / 10)), life / 2)


def simulate(machines, limit, life, shared, ephemeral=False, seed=1):
    """Requests, refusals, and jobs without a token."""
    rng = random.Random(seed)
    slots = {}
    jobs = []
    for machine in range(machines):
        at = rng.expovariate(JOBS_AN_HOUR / 3600)
        while at < HOURS * 3600:
            heapq.heappush(jobs, (at, machine))
            at += rng.expovariate(JOBS_AN_HOUR / 3600)
    renew, end, cool = {}, {}, {}
    asked = refused = failed = 0
    total = len(jobs)
    while jobs:
        now, machine = heapq.heappop(jobs)
        cache = "all" if shared else ((machine, now) if ephemeral else machine)
        if now < renew.get(cache, 0):
            continue
        good = now < end.get(cache, 0)
        if now < cool.get(cache, 0):
            failed += not good
            continue
        asked += 1
        minute = int(now // 60)
        slots[minute] = slots.get(minute, 0) + 1
        if slots[minute] > limit:
            refused += 1
            cool[cache] = (minute + 1) * 60  # Retry-After: until the window ends
            failed += not good and cool[cache] - now > LONGEST_WAIT
            if not good and cool[cache] - now <= LONGEST_WAIT:
                heapq.heappush(jobs, (cool[cache], machine))
            continue
        early = margin(life) * (1 + rng.random() / 4)
        end[cache] = now + life
        renew[cache] = now + life - early
    return total, asked, refused, failed


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    print(f"{JOBS_AN_HOUR} jobs an hour on each machine, {HOURS} h; 10 requests a minute")
    print("machines  token's life  cache            jobs   requests  refused  jobs without a token")
    for machines in (100, 1000):
        for life in (3600, 43_200):
            for name, shared, ephemeral in (
                ("none kept", False, True),
                ("per machine", False, False),
                ("shared", True, False),
            ):
                total, asked, refused, failed = simulate(machines, 10, life, shared, ephemeral, seed)
                share = 100 * failed / total
                print(f"{machines:8} {life / 3600:10.0f} h   {name:12} {total:9} {asked:10} {refused:8} {failed:8} ({share:.1f} %)")


main()
