from contracts import documents, schemas


def test_a_document_is_the_event_under_its_order_id():
    payload = {"order_id": "x", "version": 3, "lines": [{"sku": "A"}], "reason": None}
    assert documents.order_document(payload) == {"_id": "x", "version": 3, "lines": [{"sku": "A"}], "reason": None}
    assert payload["order_id"] == "x"


def test_lists_have_an_index_that_orders_totally():
    (index,) = (index for index in documents.INDEXES if index.collection == documents.ORDERS)
    fields = schemas.document("order.changed")["properties"]
    assert [name for name, _ in index.keys] == ["user_id", "created_at", "_id"]
    assert all(name == "_id" or name in fields for name, _ in index.keys)
    assert index.keys[1][1] == index.keys[2][1]  # one direction, so that a cursor is one comparison


def test_indexes_keep_the_limits_of_documentdb():
    names = [(index.collection, index.name) for index in documents.INDEXES]
    assert len(set(names)) == len(names)
    for index in documents.INDEXES:
        assert len(index.keys) <= 32
        assert all(direction in (1, -1) for _, direction in index.keys)
