from contracts.catalogue import CATALOGUE


def test_articles_are_unique_and_cost_something():
    assert len({product.sku for product in CATALOGUE}) == len(CATALOGUE)
    assert all(product.price_cents > 0 and product.initial_stock > 0 for product in CATALOGUE)
    assert len({product.currency for product in CATALOGUE}) == 1


def test_some_articles_run_out_and_most_do_not():
    scarce = [product for product in CATALOGUE if product.initial_stock < 1000]
    assert 0 < len(scarce) < len(CATALOGUE) / 2
