import itertools

import pytest

from harness.capacity.controllers import Capacity, Direction, Hpa, PodUsage, Policy, by_average, by_utilization


def drive(hpa, wishes):
    """One wish for each 15 s; what is wanted after each."""
    wanted = []
    for index, wish in enumerate(wishes):
        hpa.step(15.0 * index, lambda wish=wish: wish, "test")
        wanted.append(hpa.capacity.desired)
    return wanted


def distinct(numbers):
    return [number for number, _ in itertools.groupby(numbers)]


def hpa(initial, **options):
    return Hpa(Capacity("pods", 1, 100, initial=initial), **options)


def test_the_published_scale_down_policies():
    down = Direction((Policy("Pods", 4, 60), Policy("Percent", 10, 60)), window_s=0)
    wanted = drive(hpa(80, down=down), [10] * 60)
    assert distinct(wanted)[:3] == [72, 64, 57]
    # Each period of 60 s has one step, by the percentage until 4 pods are more than it.
    assert wanted[:9] == [72] * 4 + [64] * 4 + [57]
    assert distinct(wanted)[-4:] == [20, 16, 12, 10]


def test_the_smaller_change_where_it_is_selected():
    policies = (Policy("Pods", 4, 60), Policy("Percent", 10, 60))
    assert drive(hpa(80, down=Direction(policies, 0, "Min")), [10] * 5) == [76] * 4 + [72]
    assert drive(hpa(80, down=Direction(policies, 0, "Disabled")), [10] * 5) == [80] * 5


def test_up_by_four_pods_or_twofold_in_each_15_s():
    assert drive(hpa(1), [100] * 7) == [5, 10, 20, 40, 80, 100, 100]


def test_what_was_removed_within_the_period_may_come_back():
    both = (Policy("Pods", 4, 60),)
    scaler = hpa(20, up=Direction(both, 0), down=Direction(both, 0))
    assert drive(scaler, [1, 100, 100]) == [16, 24, 24]


def test_down_only_by_the_highest_wish_of_five_minutes():
    # What ran at first counts as a wish; and a peak of one moment holds for 300 s.
    assert drive(hpa(10), [4] * 21) == [10] * 20 + [4]
    assert drive(hpa(10), [4] * 10 + [8] + [4] * 20) == [10] * 20 + [8] * 10 + [4]


def test_up_only_by_the_lowest_wish_of_its_window():
    up = Direction((Policy("Pods", 100, 15),), window_s=60)
    assert drive(hpa(4, up=up), [9] * 5) == [4] * 4 + [9]
    assert drive(hpa(4, up=up), [9, 9, 5, 9, 9, 9, 9]) == [4] * 4 + [5] * 2 + [9]


def test_without_a_recommendation_everything_stays():
    assert drive(hpa(10), [None] * 60) == [10] * 60


def test_bounds():
    scaler = Hpa(Capacity("pods", 3, 6, initial=4), down=Direction((Policy("Percent", 100, 15),), 0))
    assert drive(scaler, [50, 50, 0, 0]) == [6, 6, 3, 3]


def test_the_stacks_cooldowns_are_its_windows(prod):
    scaler = Hpa.of(Capacity("pods", 6, 60, initial=12), prod.scaling["pricing"])
    # 15 s up, where the first number is a wish too; 300 s down after the last high wish.
    assert drive(scaler, [20] * 2 + [6] * 21) == [12] + [20] * 20 + [6] * 2


@pytest.mark.parametrize(
    ("total", "replicas", "expected"),
    [(1000, 10, 10), (1100, 10, 10), (1101, 10, 12), (900, 10, 10), (899, 10, 9), (0, 10, 0), (1, 1, 1), (120, 1, 2)],
)
def test_an_external_metric_within_its_tolerance(total, replicas, expected):
    assert by_average(total, 100, replicas) == expected


@pytest.mark.parametrize(
    ("usage", "replicas", "expected"),
    [
        (PodUsage(5.0, 10), 10, 10),  # at the target
        (PodUsage(5.5, 10), 10, 10),  # a tenth above it
        (PodUsage(5.6, 10), 10, 12),
        (PodUsage(4.4, 10), 10, 9),
        (PodUsage(10.0, 10), 10, 20),
        (PodUsage(10.0, 10, unready=10), 20, 20),  # the ten that start count as idle: exactly at the target
        (PodUsage(10.0, 10, unready=5), 15, 20),
        (PodUsage(6.0, 10, unready=10), 20, 20),  # with those it would go down: nothing happens
        (PodUsage(2.0, 10, unready=10), 20, 4),  # on the way down they are left out
        (PodUsage(2.0, 8, missing=2), 10, 8),  # 2 of 8, and two that count as using all of their request
        (PodUsage(0.5, 4, missing=4), 8, 8),  # which would turn the direction
        (PodUsage(8.0, 8, missing=2), 10, 16),  # and none of it on the way up
        (PodUsage(4.0, 8, missing=2), 10, 10),
        (PodUsage(0.0, 0, unready=3), 3, None),
        (PodUsage(5.599, 10), 10, 10),  # 55.99% are 55
    ],
)
def test_cpu_of_pods_half_of_one_core_each(usage, replicas, expected):
    assert by_utilization(usage, 50, 1000, replicas) == expected


def test_utilization_is_of_the_request():
    assert by_utilization(PodUsage(1.0, 4), 50, 250, 4) == 8
