"""The machine: its kernel, processors, memory, disk, file limit, loopback address and folder for private files."""

import os
import platform
import resource
import shutil
import sys
from pathlib import Path

from harness.doctor.probes import Finding
from harness.process import LOOPBACK, FolderError, hold_port
from harness.process.registry import BASE_VARIABLE, Registry, verify

# What a rehearsal with native servers takes, rounded up: their data and logs; their memory with functions and workers;
# the connections of one server with its own files.
DISK_MB = 1024
MEMORY_MB = 2048
FILES = 1024

_MB = 1024 * 1024
_MEMORY = Path("/proc/meminfo")


def kernel() -> Finding:
    """Linux with pidfds (5.3), on which starting and ending processes rests."""
    detail = f"{platform.system()} {platform.release()}, {platform.machine()}, Python {platform.python_version()}"
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return Finding(detail, lacks="Linux", run="the harness on a Linux machine, or in a Linux container")
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return Finding(detail, lacks="pidfds", run="a Linux kernel of 5.3 or newer, whose sandbox allows pidfd_open")
    return Finding(detail)


def processors() -> Finding:
    """The processors that this process may use."""
    return Finding(f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} may be used")


def memory() -> Finding:
    """Memory that is free or can be freed."""
    return _memory(_MEMORY)


def _memory(file: Path) -> Finding:
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in file.read_text("utf-8").splitlines()}
    available_mb, total_mb = kilobytes["MemAvailable"] // 1024, kilobytes["MemTotal"] // 1024
    detail = f"{available_mb:,} MB available of {total_mb:,}"
    if available_mb < MEMORY_MB:
        return Finding(detail, lacks=f"{MEMORY_MB:,} MB of available memory", run="end what else uses memory")
    return Finding(detail)


def disk() -> Finding:
    """Space where runs keep their servers' data."""
    folder = _nearest(Registry().base)
    free_mb = shutil.disk_usage(folder).free // _MB
    detail = f"{free_mb:,} MB free at {folder}"
    if free_mb < DISK_MB:
        run = f"free some space, or set {BASE_VARIABLE} to a folder on another disk"
        return Finding(detail, lacks=f"{DISK_MB:,} MB of free disk", run=run)
    return Finding(detail)


def folder() -> Finding:
    """The folder for runs' private files, or the one that it would be made in."""
    base = Registry().base
    try:
        verify(base)
    except FileNotFoundError:
        parent = _nearest(base)
        if not os.access(parent, os.W_OK | os.X_OK):
            return Finding(str(base), lacks=f"a folder in {parent}, which cannot be written", run=_another())
        return Finding(f"{base} will be made")
    except NotADirectoryError:
        return Finding(str(base), lacks="a folder for private files", run=_another())
    except FolderError as error:
        return Finding(str(base), lacks=str(error).partition("; ")[0], run=_another())
    return Finding(str(base))


def files() -> Finding:
    """How many files a process may have open."""
    soft, hard = (_limit(value) for value in resource.getrlimit(resource.RLIMIT_NOFILE))
    detail = f"{soft} open files to a process, at most {hard}"
    if soft != "unlimited" and int(soft) < FILES:
        return Finding(detail, lacks=f"{FILES} open files to a process", run=f"ulimit -n {FILES}")
    return Finding(detail)


def loopback() -> Finding:
    """Whether servers can have ports of the loopback address."""
    try:
        with hold_port() as held:
            return Finding(f"ports of {LOOPBACK} can be had, such as {held.port}")
    except OSError as error:
        detail = f"{LOOPBACK}: {error.strerror}"
        return Finding(detail, lacks=f"ports of {LOOPBACK}", run="ip link set lo up, as an administrator")


def _another() -> str:
    return f"set {BASE_VARIABLE} to a folder of your own"


def _limit(value: int) -> str:
    return "unlimited" if value == resource.RLIM_INFINITY else str(value)


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())
