import pytest

from harness.capacity.engine import slo
from harness.capacity.search.bracket import Bracket
from harness.capacity.search.gains import cost, gains, likely
from harness.capacity.search.glimpse import Glimpse, Glimpses
from harness.capacity.search.raises import raises
from harness.capacity.search.trial import Outcome

NARROW = ("api.throttle.rate_per_s=30", "api.throttle.burst=30")


def glimpse(users, holds, **shares):
    return Glimpse(users, holds, Outcome({}, {name.replace("__", "."): share for name, share in shares.items()}, 0.0))


def base(low, high):
    """A bracket of two glimpses."""
    found = Bracket()
    found.add(low.users, low)
    found.add(high.users, high)
    return found


@pytest.fixture(scope="module")
def raised(setup_of):
    return list(raises(setup_of(100_000, *NARROW, minutes=3)))


def test_the_gain_is_in_proportion_to_what_the_glimpses_bear(setup_of, here, raised):
    setup = setup_of(100_000, *NARROW, minutes=3)
    two = [each for each in raised if each.path in ("api.throttle.rate_per_s", "mysql.replicas.maximum")]
    told = []
    # At a glimpse some 200,000 users hold; with busy days in mind half of them did.
    known = base(glimpse(200_000, True, api__throttle=0.9), glimpse(220_000, False, api__throttle=1.1))
    found = gains(setup, known, two, Glimpses(setup, here, slo.DEFAULT), tolerance=0.05, progress=told.append)
    assert [each.setting for each in found] == ["api.throttle.rate_per_s", "mysql.replicas.maximum"]
    assert found[0].more == pytest.approx(100_000, rel=0.25)
    assert (found[1].users, found[1].more) == (100_000, 0)
    assert len(told) == 1


def test_what_is_less_than_half_used_below_the_limit_is_unlikely_to_help(raised):
    low = glimpse(100, True, documents__primary__cpu=0.9, api__throttle=0.6, mysql__writer__cpu=0.4)
    found = {each.path for each in likely(raised, base(low, glimpse(110, False, documents__primary__cpu=1.2)))}
    assert found == {
        *("documents.members.instance_class", "documents.members.maximum"),
        *("api.throttle.rate_per_s", "api.throttle.burst"),
    }


def test_where_nothing_is_full_everything_may_help(raised):
    low = glimpse(100, True, documents__primary__cpu=0.1)
    assert likely(raised, base(low, glimpse(110, False, documents__primary__cpu=0.12))) == raised


def test_a_cost_is_told_where_everything_has_a_price(setup_of):
    one = setup_of(1)
    assert cost(one, one) == 0
    assert cost(one, setup_of(1, "cluster.nodes.minimum=12")) == pytest.approx(1430, rel=0.05)
    assert cost(one, setup_of(1, "documents.members.instance_class=db.r6g.8xlarge")) is None
