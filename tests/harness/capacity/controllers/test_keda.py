import pytest

from harness.capacity.controllers import Capacity, ControllerError, Direction, Hpa, Keda, Policy

FAST_DOWN = Direction((Policy("Percent", 100, 15),), window_s=0)


def keda(minimum, initial, *, polling_s=30, **options):
    capacity = Capacity("pods", minimum, 100, initial=initial)
    return Keda(capacity, target=100, polling_s=polling_s, cooldown_s=300, hpa=Hpa(capacity, **options))


def drive(scaler, values, *, begin=0):
    """One value for each 15 s; what is wanted after each."""
    wanted = []
    for index, value in enumerate(values, begin):
        scaler.step(15.0 * index, value)
        wanted.append(scaler.capacity.desired)
    return wanted


def test_it_wakes_one_pod_and_the_hpa_does_the_rest():
    # Seen by the poll at 30 s; from one on by the HPA's policies, four pods or twice as many in each 15 s.
    assert drive(keda(0, 0), [0, 1500] + [1500] * 6) == [0, 0, 1, 5, 10, 15, 15, 15]


def test_it_wakes_only_above_the_activation():
    capacity = Capacity("pods", 0, 100)
    scaler = Keda(capacity, target=100, polling_s=15, cooldown_s=300, activation=5)
    assert drive(scaler, [5, 5, 6]) == [0, 0, 1]


def test_it_sleeps_after_the_cooldown_since_it_was_active():
    scaler = keda(0, 2, polling_s=15, down=FAST_DOWN)
    wanted = drive(scaler, [150] * 3 + [0] * 25)
    # One pod is the HPA's least; active last at 30 s, and asleep 300 s later.
    assert wanted == [2] * 3 + [1] * 19 + [0] * 6


def test_the_cooldown_means_nothing_above_a_minimum_of_one():
    assert drive(keda(4, 8, down=FAST_DOWN), [0] * 60)[-1] == 4


def test_the_hpa_sees_what_was_last_polled():
    # Polled at 0, 60, 120: the peak between two polls is never seen, and the one at 60 is seen until 105.
    scaler = keda(1, 1, polling_s=60, down=FAST_DOWN)
    wanted = drive(scaler, [100, 9000, 9000, 9000, 400, 0, 0, 0, 100])
    assert wanted == [1, 1, 1, 1, 4, 4, 4, 4, 1]


def test_the_tolerance_of_the_hpa():
    assert drive(keda(1, 10, polling_s=15, down=FAST_DOWN), [1090, 1000, 910, 890]) == [10, 10, 10, 9]


def test_while_the_trigger_cannot_be_asked_what_runs_goes_on():
    assert drive(keda(4, 9, down=FAST_DOWN), [900] + [None] * 60) == [9] * 61


def test_the_fallback_wishes_for_what_runs_so_that_it_stays_for_a_window_more():
    # Four wanted of nine; no answer from 285 s to 585 s: the fallback wishes for nine until then.
    scaler = keda(4, 9, polling_s=15)
    assert drive(scaler, [400] * 19 + [None] * 21 + [400] * 21) == [9] * 59 + [4] * 2
    # Three questions in vain are no wish: the last one for nine is what ran at first.
    assert drive(keda(4, 9, polling_s=15), [400] * 15 + [None] * 3 + [400] * 3) == [9] * 20 + [4]


def test_a_metric_after_the_fallback_counts_at_once():
    scaler = keda(4, 9, polling_s=15, down=FAST_DOWN)
    assert drive(scaler, [None] * 10 + [500]) == [9] * 10 + [5]


def test_the_stacks_rule(prod):
    capacity = Capacity("workers.orders", 4, 60)
    scaler = Keda.of(capacity, prod.scaling["orders"])
    wanted = drive(scaler, [16_000] * 8)
    # 16,000 messages, 2,000 a pod: eight, when the window of 60 s up has passed; the doubling is no limit.
    assert wanted == [4] * 4 + [8] * 4


def test_what_another_controller_scales(prod):
    with pytest.raises(ControllerError, match=r"workers\.pricing is scaled by hpa"):
        Keda.of(Capacity("x", 1, 2), prod.scaling["pricing"])
