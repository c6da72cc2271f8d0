from contracts import schemas
from harness.traffic.people import invent


def test_people_can_register() -> None:
    people = invent(60, seed=5)
    for person in people:
        schemas.validate("user.request", {"name": person.name, "email": person.email})
    assert len({person.user_id for person in people}) == 60
    assert len({person.email for person in people}) == 60
    assert any(not person.name.isascii() for person in people)


def test_a_seed_decides_them() -> None:
    assert invent(5, seed=5) == invent(5, seed=5)
    assert invent(5, seed=5) != invent(5, seed=6)
