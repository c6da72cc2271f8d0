"""Common random numbers: what two stacks meet is the same."""

from harness.capacity.demand import Stated
from harness.capacity.engine import slo
from harness.capacity.search.glimpse import Glimpses

NARROW = ("api.throttle.rate_per_s=30", "api.throttle.burst=30")


def figures(glimpse):
    """As text: what was not measured is not even equal to itself."""
    return repr(glimpse.outcome.figures)


def test_what_does_not_bind_changes_nothing_at_all(setup_of, here):
    setups = [
        setup_of(1, *NARROW),
        setup_of(1, *NARROW, "functions.commands.reserved_concurrency=900", "broker.instance_class=mq.m7g.4xlarge"),
    ]
    one, other = Glimpses(setups[0], here, slo.DEFAULT).at(setups, 250_000)
    assert figures(one) == figures(other)
    assert one.outcome.figures["throttled_share"] > 0


def test_the_same_again_is_the_same(setup_of, here):
    glimpses = Glimpses(setup_of(1, *NARROW), here, slo.DEFAULT)
    assert figures(glimpses(100_000)) == figures(glimpses(100_000))


def test_what_is_known_is_not_simulated_again(setup_of, here):
    setup = setup_of(1, *NARROW)
    glimpses = Glimpses(setup, here, slo.DEFAULT)
    known = glimpses(100_000)
    assert glimpses.of(setup, known=[known])(100_000) is known


def test_the_day_s_weather_is_left_out(setup_of, here):
    calm = Glimpses(setup_of(1, *NARROW), here, slo.DEFAULT)(100_000)
    wild = Glimpses(setup_of(1, *NARROW, day_variation=Stated(0.5, "a test")), here, slo.DEFAULT)(100_000)
    assert figures(calm) == figures(wild)
