"""Parked messages, brought back to where they came from or only listed."""

from harness.redrive.errors import AddressUnusable, Away, RedriveError
from harness.redrive.listing import Listing
from harness.redrive.run import Choice, redrive

__all__ = ["AddressUnusable", "Away", "Choice", "Listing", "RedriveError", "redrive"]
