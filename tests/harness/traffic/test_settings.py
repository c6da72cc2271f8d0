import json
import stat
from pathlib import Path
from typing import Any

import pytest

from harness.traffic import PlanError, Tokens
from harness.traffic.settings import Settings, check_tokens, load

GOOD: dict[str, Any] = {
    "target": "http://127.0.0.1:8080/",
    "plan": "plan.json",
    "history": "history.jsonl",
    "tokens": {"u1": {"token": "a", "expired_token": "b"}, "u2": {"token": "c"}},
}


def written(tmp_path: Path, value: object) -> Path:
    path = tmp_path / "traffic.json"
    path.write_text(json.dumps(value))
    return path


def test_settings_survive_their_file_which_only_the_owner_may_read(tmp_path: Path) -> None:
    settings = Settings("http://127.0.0.1:1", Path("p"), Path("h"), {"u": Tokens("t", "e"), "v": Tokens("t")})
    settings.write(tmp_path / "s")
    assert load(tmp_path / "s") == settings
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600


def test_a_target_may_end_with_a_slash(tmp_path: Path) -> None:
    assert load(written(tmp_path, GOOD)).target == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": None}, "target must be a text"),
        ({"target": "127.0.0.1:8080"}, "target must be a URL such as"),
        ({"target": "ftp://127.0.0.1"}, "target must be a URL such as"),
        ({"target": "http://"}, "target must be a URL such as"),
        ({"target": "http://a:b@host"}, "target must be a URL such as"),
        ({"target": "http://host:port"}, "target must be a URL such as"),
        ({"target": "http://host/?a=b"}, "target must be a URL such as"),
        ({"tokens": []}, "tokens must be an object"),
        ({"tokens": {"u1": "a"}}, 'tokens.u1 must be an object with "token"'),
        ({"tokens": {"u1": {"token": 1}}}, 'tokens.u1 must be an object with "token"'),
        ({"tokens": {"u1": {"token": "a", "expired_token": 1}}}, "tokens.u1.expired_token must be a JWT"),
        ({"colour": 1}, "colour is unknown; allowed are target, plan, history, tokens"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(PlanError, match=rf"traffic\.json: {message}"):
        load(written(tmp_path, {**GOOD, **change}))


@pytest.mark.parametrize("name", list(GOOD))
def test_what_is_missing_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlanError, match=f"{name} is missing"):
        load(written(tmp_path, {key: value for key, value in GOOD.items() if key != name}))


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="cannot be read"):
        load(tmp_path / "nowhere")
    (tmp_path / "bad").write_text("{")
    with pytest.raises(PlanError, match="not JSON"):
        load(tmp_path / "bad")
    with pytest.raises(PlanError, match="must be an object"):
        load(written(tmp_path, []))


def test_who_arrives_needs_tokens() -> None:
    tokens = {"u1": Tokens("a", "b"), "u2": Tokens("c")}
    check_tokens({"u1": True, "u2": False}, tokens)
    with pytest.raises(PlanError, match="user u3 has none"):
        check_tokens({"u3": False}, tokens)
    with pytest.raises(PlanError, match=r"tokens\.u2: expired_token is missing"):
        check_tokens({"u2": True}, tokens)
