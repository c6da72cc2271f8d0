from harness.capacity import PriceList


def test_every_price_says_where_it_comes_from():
    prices = PriceList.load()
    assert prices.region == "us-east-1"
    assert len(prices.prices) > 100
    for name, price in prices.prices.items():
        assert price.value > 0, name
        assert price.unit, name
        assert price.confidence in ("high", "medium", "low"), name
        # Where no source is known the price may only be an estimate.
        assert price.source or price.confidence == "low", name


def test_an_unknown_price_is_none():
    assert PriceList.load().find("mq.m9.large") is None
