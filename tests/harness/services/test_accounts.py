from harness.services.accounts import random_account


def test_passwords_are_random_and_need_no_quoting() -> None:
    one, other = random_account(), random_account()
    assert one.username == other.username
    assert one.password != other.password
    assert one.password.isalnum()
    assert len(one.password) == 32
