import pytest

from contracts import problems


@pytest.mark.parametrize("problem", problems.TYPES.values(), ids=lambda problem: problem.slug)
def test_each_type_is_complete(problem):
    assert problem.uri == problems.PREFIX + problem.slug
    assert problems.TYPES[problem.uri] is problem
    assert 400 <= problem.status < 600
    assert problem.title
    # A refusal of 4xx always means that nothing has happened, so the others must be the ones to say so.
    assert problem.no_effect or problem.status >= 500


def test_every_type_of_the_module_can_be_looked_up():
    declared = [value for value in vars(problems).values() if isinstance(value, problems.ProblemType)]
    assert sorted(problem.slug for problem in declared) == sorted(problem.slug for problem in problems.TYPES.values())


def test_not_accepted_and_unknown_are_told_apart():
    assert problems.NOT_ACCEPTED.no_effect
    assert not problems.OUTCOME_UNKNOWN.no_effect
    assert problems.NOT_ACCEPTED.status == problems.OUTCOME_UNKNOWN.status == 503
