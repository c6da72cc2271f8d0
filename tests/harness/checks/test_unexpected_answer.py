from harness.checks import unexpected_answer


def check(world):
    return unexpected_answer.check(world.operations, world.facts())


def test_answers_within_the_contract_pass_and_troubles_are_counted(world):
    world.place("ann", "key-1", TEA=1)
    world.ask("ann", "key-2", "refused", TEA=1)
    world.operate("GET /v1/health", "ann", "refused", status=429)
    world.operate("GET /v1/health", "ann", "indeterminate", status=500)
    world.operate("GET /v1/health", "ann", "indeterminate")
    result = check(world)
    assert (result.verdict, result.examined) == ("pass", 4)
    assert result.figures == {"throttled": 1, "server_errors": 1, "unanswered": 1}


def test_an_answer_that_breaks_the_contract_is_caught(world):
    world.operate("GET /v1/health", "ann", status=200, unexpected="200 without a JSON object")
    result = check(world)
    assert (result.verdict, result.examples) == (
        "fail",
        ("o000000 GET /v1/health by ann: 200 without a JSON object",),
    )


def test_an_answer_that_broke_it_before_a_retry_failed_is_caught_too(world):
    world.operate("GET /v1/health", "ann", "indeterminate", unexpected="418")
    assert check(world).verdict == "fail"


def test_nothing_answered_is_unknown(world):
    world.operate("GET /v1/health", "ann", "indeterminate")
    assert check(world).verdict == "unknown"
