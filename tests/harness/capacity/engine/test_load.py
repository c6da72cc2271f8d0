import pytest

from harness.capacity.engine.load import Load, stretch


def steady(per_s, servers, ticks=40, tick_s=15.0):
    load = Load("x")
    for _ in range(ticks):
        load.offer(per_s * tick_s, tick_s, servers)
    return load


def test_nothing_is_longer_on_an_idle_resource():
    load = steady(0, 4)
    assert (load.utilization, load.stretch, load.wait_s) == (0, 1, 0)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_with_one_server_it_is_the_m_m_1_queue(share):
    assert steady(share, 1).stretch == pytest.approx(1 / (1 - share), rel=1e-6)


def test_with_several_servers_it_is_near_the_m_m_c_queue():
    # M/M/8 at 0.9: a wait of 0.876916 services (Erlang C).
    assert steady(7.2, 8).stretch == pytest.approx(1.876916, rel=0.05)


def test_what_is_too_much_waits_and_is_worked_off():
    load = steady(3, 2, ticks=4)
    assert load.wait_s == pytest.approx((3 - 2) * 60 / 2)
    assert load.utilization == 1
    for _ in range(10):
        load.offer(0, 15, 2)
    assert load.wait_s == 0


def test_shorter_ticks_tell_the_same():
    long, short = steady(1.5, 2, ticks=4), steady(1.5, 2, ticks=60, tick_s=1.0)
    assert short.stretch == pytest.approx(long.stretch)


def test_a_share_tells_the_same_as_a_load_that_has_it():
    assert stretch(0.6, 2) == pytest.approx(steady(1.2, 2).stretch, rel=1e-6)


def test_it_may_be_busy_from_the_beginning():
    load = Load("x", smoothing_s=5.0, servers=2, busy=0.5)
    assert load.offered == 0.25
    load.offer(0.5, 1.0, 2)
    assert load.offered == pytest.approx(0.25)
