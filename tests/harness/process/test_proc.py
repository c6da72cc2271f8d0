import os
import signal
import subprocess
import sys
import time

from harness.process.proc import (
    Identity,
    alive,
    busy_s,
    carriers,
    cpu_s,
    descendants,
    identify,
    machine,
    owner,
    owner_is_dead,
    send,
    state,
)


def test_a_process_is_itself_only_with_its_start_time() -> None:
    me = identify(os.getpid())
    assert me is not None
    assert alive(me)
    assert not alive(Identity(me.pid, me.start_time + 1))


def test_a_zombie_does_not_live() -> None:
    process = subprocess.Popen(["true"])
    while state(process.pid) != "Z":
        time.sleep(0.01)
    assert identify(process.pid) is None
    process.wait()
    assert state(process.pid) is None


def test_a_name_with_blanks_and_parentheses_is_read_all_the_same() -> None:
    script = "import sys; open('/proc/self/comm', 'w').write('a) R 1 (b'); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(["python3", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.pid in [identity.pid for identity in descendants(os.getpid())]
        process.kill()


def test_descendants_at_any_depth() -> None:
    with subprocess.Popen(["sh", "-c", "sh -c 'sleep 300 & wait' & wait"], start_new_session=True) as process:
        while len(found := descendants(process.pid)) < 2:
            time.sleep(0.01)
        assert process.pid not in [identity.pid for identity in found]
        os.killpg(process.pid, signal.SIGKILL)


def test_carriers_are_found_by_the_whole_value() -> None:
    environment = {"PATH": os.environ["PATH"], "HARNESS_RUN": "some-run-1"}
    with subprocess.Popen(["sleep", "300"], env=environment) as process:
        assert [identity.pid for identity in carriers("some-run-1")] == [process.pid]
        assert carriers("some-run") == []
        process.kill()


def test_a_signal_goes_to_that_very_process_only() -> None:
    with subprocess.Popen(["sleep", "300"]) as process:
        identity = identify(process.pid)
        assert identity is not None
        assert not send(Identity(identity.pid, identity.start_time + 1), signal.SIGKILL)
        assert process.poll() is None
        assert send(identity, signal.SIGKILL)
    assert not send(identity, signal.SIGKILL)


def test_an_owner_is_dead_only_where_that_is_sure() -> None:
    me = identify(os.getpid())
    assert me is not None
    word = owner(me)
    assert not owner_is_dead(word)
    assert owner_is_dead(owner(Identity(me.pid, me.start_time + 1)))
    boot, _ = machine()
    assert owner_is_dead(word.replace(boot, "another boot"))
    assert not owner_is_dead(f"{boot}/1/{me.pid}/1")
    assert not owner_is_dead("nonsense")


def test_the_machine_is_busy_at_least_as_long_as_we_are() -> None:
    ticks = 1 / os.sysconf("SC_CLK_TCK")
    before, began_s = busy_s(), time.process_time()
    while (mine_s := time.process_time() - began_s) < 0.2:
        pass
    assert busy_s() - before >= mine_s - 4 * ticks


def test_what_a_process_and_those_below_it_have_used() -> None:
    busy = "sum(range(30_000_000)); print(flush=True); input()"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        own_s, below_s = cpu_s([process.pid])[process.pid]
        assert below_s > own_s > 0
        process.stdin.close()
    assert cpu_s([process.pid]) == {}
