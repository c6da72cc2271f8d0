"""Lambda event source mappings: pollers that turn messages into invocations."""

from harness.cloud.event_sources.build import build
from harness.cloud.event_sources.source import EventSource

__all__ = ["EventSource", "build"]
