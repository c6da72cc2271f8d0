"""The words in which the system of record states what became of an order and of a command."""

from enum import StrEnum


class Status(StrEnum):
    """State of an order. CANCELLED and REJECTED are final."""

    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class Outcome(StrEnum):
    """What a command came to. Every command that was processed has exactly one, in its inbox row."""

    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"  # a cancel took effect, or a place met the tombstone of an earlier cancel
    ALREADY_FINAL = "ALREADY_FINAL"  # a cancel of an order that is rejected or cancelled already


class Reason(StrEnum):
    """Why a command was not simply done."""

    OUT_OF_STOCK = "out_of_stock"
    UNKNOWN_SKU = "unknown_sku"
    CANCELLED_FIRST = "cancelled_first"
