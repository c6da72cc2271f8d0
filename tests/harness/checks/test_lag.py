from harness.checks import lag


def test_a_world_at_rest_has_no_lag(good):
    facts = good.facts()
    assert set(lag(facts.mysql.outbox, facts.documents).values()) == {0}


def test_each_place_counts_what_it_lacks(good):
    good.outbox[0] = good.outbox[0]._replace(published=False)
    order_id = good.outbox[0].order_id  # cancelled, hence of version 2
    good.documents[order_id] = good.documents[order_id]._replace(version=1)
    good.notifications.pop()
    facts = good.facts()
    assert lag(facts.mysql.outbox, facts.documents) == {
        "outbox unpublished": 1,
        "orders behind in the read model": 1,
        "events without a notification": 1,
    }
    assert lag(facts.mysql.outbox, None) == {"outbox unpublished": 1}
