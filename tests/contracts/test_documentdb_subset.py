"""All queries of the read model stay within what Amazon DocumentDB 5.0 supports.

Source: Amazon DocumentDB Developer Guide, "Supported MongoDB APIs, operations, and data types", and the table of
awslabs/amazon-documentdb-tools, compat-tool. The server of a replay knows more than DocumentDB does.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("contracts", "worker_src", "lambda_src", "harness")

# Supported by 5.0 and enough for us. Whoever needs another one looks it up in that table and adds it.
SUPPORTED = {
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$and", "$or", "$not", "$nor", "$exists",
    "$type", "$size", "$all", "$elemMatch", "$regex", "$mod", "$set", "$unset", "$setOnInsert", "$inc", "$min",
    "$max", "$mul", "$rename", "$currentDate", "$push", "$pull", "$addToSet", "$each", "$slice", "$match",
    "$project", "$sort", "$limit", "$skip", "$group", "$unwind", "$lookup", "$count", "$addFields", "$sum",
    "$avg", "$first", "$last",
}  # fmt: skip
# In neither 5.0 nor 8.0, or in 8.0 only: not even as a string that becomes a key later.
UNSUPPORTED = {
    "$facet", "$graphLookup", "$unionWith", "$setWindowFields", "$bucketAuto", "$sortByCount", "$sortArray",
    "$round", "$trunc", "$dateDiff", "$dateFromParts", "$isNumber", "$getField", "$setField", "$firstN",
    "$lastN", "$top", "$bottom", "$percentile", "$median", "$stdDevPop", "$where", "$function", "$accumulator",
    "$rank", "$densify", "$fill", "$documents", "$merge", "$bucket", "$dateTrunc", "$pow", "$rand",
    "$replaceWith", "$vectorSearch",
}  # fmt: skip
# Keys of JSON Schema, which are none of MongoDB's.
JSON_SCHEMA = {"$schema", "$id", "$ref", "$defs", "$comment"}

_UPDATES = {"update_one", "update_many", "find_one_and_update", "UpdateOne", "UpdateMany"}


def wrong(text: str) -> Iterator[tuple[int, str]]:
    """(line, what) of everything in a Python source that DocumentDB 5.0 does not support."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and node.value in UNSUPPORTED:
            yield node.lineno, f"{node.value} is not supported"
        for key in _keys(node):
            if key.value.startswith("$") and key.value not in SUPPORTED | UNSUPPORTED | JSON_SCHEMA:
                yield key.lineno, f"{key.value} is not among the operators known to be supported"
        if isinstance(node, ast.Call):
            yield from _wrong_call(node)


def _keys(node: ast.AST) -> Iterator[ast.Constant]:
    """Texts that are keys: in a dict, or in an index."""
    candidates = node.keys if isinstance(node, ast.Dict) else [node.slice] if isinstance(node, ast.Subscript) else []
    for each in candidates:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each


def _wrong_call(call: ast.Call) -> Iterator[tuple[int, str]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in ("MongoClient", "AsyncMongoClient"):
        value = given.get("retryWrites")
        if not (isinstance(value, ast.Constant) and value.value is False):
            yield call.lineno, f"{name} needs retryWrites=False in so many words: an address may say nothing"
    elif name in _UPDATES and len(call.args) > 1 and isinstance(call.args[1], (ast.List, ast.Tuple)):
        yield call.lineno, f"{name} with a pipeline is not supported"
    if "collation" in given and name != "dict":
        yield call.lineno, "collations are not supported"


def test_all_documents_and_queries_are_supported():
    found = []
    for tree in CODE:
        for file in sorted((ROOT / tree).rglob("*.py")):
            found.extend(f"{file.relative_to(ROOT)}:{line}: {what}" for line, what in wrong(file.read_text("utf-8")))
    assert found == []


def test_there_are_operators_and_clients_to_look_at():
    sources = [file.read_text("utf-8") for tree in CODE for file in (ROOT / tree).rglob("*.py")]
    assert any('"$lt"' in source for source in sources)
    assert sum("MongoClient(" in source for source in sources) >= 2


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ('c.aggregate([{"$facet": {}}])', "$facet is not supported"),
        ('stage = "$unionWith"\nc.aggregate([{stage: "x"}])', "$unionWith is not supported"),
        ('query["$where"] = "1"', "$where is not supported"),
        ('c.find({"a": {"$near": 1}})', "$near is not among the operators known to be supported"),
        ('pipeline[0]["$redact"] = 1', "$redact is not among the operators known to be supported"),
        (
            "pymongo.MongoClient(url)",
            "MongoClient needs retryWrites=False in so many words: an address may say nothing",
        ),
        ("MongoClient(url, retryWrites=True)", "MongoClient needs retryWrites=False"),
        ("MongoClient(url, **options)", "MongoClient needs retryWrites=False"),
        ('c.update_one({"_id": 1}, [{"$set": {"a": 1}}])', "update_one with a pipeline is not supported"),
        ('UpdateOne({"_id": 1}, [{"$set": {"a": 1}}], upsert=True)', "UpdateOne with a pipeline is not supported"),
        ('c.find({}, collation={"locale": "de"})', "collations are not supported"),
    ],
)
def test_what_is_not_supported_is_caught(source, what):
    ((_, found),) = wrong(source)
    assert found.startswith(what)


@pytest.mark.parametrize(
    "source",
    [
        'c.update_one({"_id": 1, "version": {"$lt": 2}}, {"$set": {"a": 1}}, upsert=True)',
        'c.aggregate([{"$group": {"_id": "$user_id", "n": {"$sum": 1}}}])',
        "pymongo.MongoClient(url, retryWrites=False)",
        'schema = {"$schema": "x"}',
        'stage = "$default"',
    ],
)
def test_what_is_supported_is_fine(source):
    assert list(wrong(source)) == []
