"""Who the users are."""

import random
import uuid
from dataclasses import dataclass

# Names beyond ASCII, since real ones are.
_LOCALES = ("en_GB", "de_DE", "fr_FR", "pl_PL", "ja_JP")


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic user. `key` is the idempotency key under which the user registers."""

    user_id: str
    name: str
    email: str
    key: str


def invent(count: int, seed: int, run: str = "") -> tuple[Person, ...]:
    """`count` people, the same ones for the same seed. With another `run` they have the same names and other ids."""
    from faker import Faker  # the traffic process reads plans and never invents anyone

    rng = random.Random(f"{seed}/people")
    fake = Faker(_LOCALES)
    fake.seed_instance(rng.getrandbits(64))
    people = []
    for number in range(count):
        handle = fake["en_GB"].user_name()
        user_id = random_uuid(rng)
        people.append(
            Person(
                user_id=random_uuid(random.Random(f"{run}/{user_id}")) if run else user_id,
                name=fake[_LOCALES[number % len(_LOCALES)]].name(),
                email=f"{handle}.{number}@customers.example",
                key=random_uuid(rng),
            )
        )
    return tuple(people)


def random_uuid(rng: random.Random) -> str:
    """A UUIDv4 that `rng` decides."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
