"""Reading and changing the XML of the query protocols, whose namespace differs between services and emulators."""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from harness.emulator.call import Answer


def parse(answer: Answer) -> Element:
    """The root of an answer's XML, its tags without namespace. Raises ET.ParseError where it is none."""
    root = ET.fromstring(answer.body)
    namespace = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    if namespace:
        root.set("xmlns", namespace)
    return root


def rendered(answer: Answer, root: Element) -> Answer:
    """`answer` with `root` as its body."""
    return answer.with_text(ET.tostring(root, "unicode"))


def refusal(code: str, message: str) -> Answer:
    """An error as EC2 answers it."""
    root = ET.Element("Response")
    error = ET.SubElement(ET.SubElement(root, "Errors"), "Error")
    put(error, "Code", code)
    put(error, "Message", message)
    put(root, "RequestID", str(uuid.uuid4()))
    return Answer(400, {"content-type": "text/xml;charset=UTF-8"}, ET.tostring(root))


def all_named(root: Element, *names: str) -> Iterator[Element]:
    """Every element of these names, anywhere below `root`, in order."""
    return (element for element in root.iter() if element.tag in names)


def text(element: Element, name: str) -> str:
    """The text of the child `name`, without white space around it; empty where there is none."""
    return (element.findtext(name) or "").strip()


def put(parent: Element, name: str, value: str) -> Element:
    """Sets the text of the child `name`, which is made where it is missing; returns the child."""
    child = parent.find(name)
    if child is None:
        child = ET.SubElement(parent, name)
    child.text = value
    return child


def put_list(parent: Element, name: str, item: str, values: list[str]) -> None:
    """Makes the child `name` a list of `values`, each in an `item`."""
    child = put(parent, name, "")
    for old in list(child):
        child.remove(old)
    for value in values:
        ET.SubElement(child, item).text = value
