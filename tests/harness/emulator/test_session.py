from harness.emulator.session import session


def test_nothing_of_the_person_comes_along(monkeypatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "theirs")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "theirs")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere/config")
    found = session("eu-central-1")
    credentials = found.get_credentials()
    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("emulator", "emulator", None)
    client = found.client("sqs", endpoint_url="http://127.0.0.1:9")
    assert client.meta.region_name == "eu-central-1"
