"""A machine whose clock is wrong: a few lines of C before everything else, in the processes that are told so."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from servers import need

SOURCE = r"""
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long off(void) { const char *text = getenv("ZHIBAN_CLOCK_OFF"); return text ? atol(text) : 0; }

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += off();
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    int failed = clock_gettime(CLOCK_REALTIME, &now);
    (void)zone;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *into) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into) *into = now.tv_sec;
    return now.tv_sec;
}
"""


class WrongClock:
    """What makes a process believe that it is later or earlier."""

    def __init__(self, folder: Path) -> None:
        """Build it with the machine's own compiler."""
        need("C compiler", "CC", "gcc")
        self._library = folder / "wrongclock.so"
        source = folder / "wrongclock.c"
        source.write_text(SOURCE, encoding="ascii")
        words = ["gcc", "-O1", "-shared", "-fPIC", "-o", str(self._library), str(source)]
        subprocess.run(words, check=True)

    def by(self, seconds: int) -> Mapping[str, str]:
        """The environment of a process whose clock is so many seconds fast, or slow where that is below 0."""
        return {"LD_PRELOAD": str(self._library), "ZHIBAN_CLOCK_OFF": str(seconds)}
