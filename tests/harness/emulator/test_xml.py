"""The XML of the query protocols."""

import xml.etree.ElementTree as ET

import pytest

from harness.emulator import xml
from harness.emulator.call import Answer

BODY = b"""<?xml version="1.0"?>
<DescribeResponse xmlns="http://example.com/doc/2014-10-31/">
  <Clusters><Cluster><Name> one </Name><Empty/></Cluster><Cluster><Name>two &amp; more</Name></Cluster></Clusters>
</DescribeResponse>"""


def test_tags_lose_their_namespace_and_the_answer_keeps_it() -> None:
    root = xml.parse(Answer(200, {}, BODY))
    assert root.tag == "DescribeResponse"
    assert [xml.text(cluster, "Name") for cluster in xml.all_named(root, "Cluster")] == ["one", "two & more"]
    again = ET.fromstring(xml.rendered(Answer(200, {"a": "b"}), root).body)
    assert again.tag == "{http://example.com/doc/2014-10-31/}DescribeResponse"
    assert again.find(".//{http://example.com/doc/2014-10-31/}Cluster") is not None


def test_an_answer_without_namespace_gets_none() -> None:
    answer = Answer(200, {"a": "b"}, b"<A><B>1</B></A>")
    assert xml.rendered(answer, xml.parse(answer)) == answer


def test_texts_are_empty_where_there_is_none() -> None:
    cluster = next(xml.all_named(xml.parse(Answer(200, {}, BODY)), "Cluster"))
    assert xml.text(cluster, "Empty") == xml.text(cluster, "Absent") == ""


def test_children_are_made_once_and_changed() -> None:
    root = ET.fromstring("<A/>")
    xml.put(root, "B", "1")
    xml.put(root, "B", "<2>")
    xml.put_list(root, "C", "member", ["x", "y"])
    xml.put_list(root, "C", "member", ["z"])
    assert ET.tostring(root, "unicode") == "<A><B>&lt;2&gt;</B><C><member>z</member></C></A>"


def test_what_is_no_xml_is_told() -> None:
    with pytest.raises(ET.ParseError):
        xml.parse(Answer(200, {}, b"{}"))


def test_a_refusal_is_one_that_ec2_makes() -> None:
    answer = xml.refusal("NatGatewayNotFound", "no <gateway>")
    root = xml.parse(answer)
    error = next(xml.all_named(root, "Error"))
    assert (answer.status, root.tag) == (400, "Response")
    assert (xml.text(error, "Code"), xml.text(error, "Message")) == ("NatGatewayNotFound", "no <gateway>")
    assert xml.text(root, "RequestID")
