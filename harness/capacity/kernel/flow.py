"""What went into a stage and what became of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flow:
    """Counts since the beginning. Everything that arrived was refused, has departed, or is held by the stage."""

    arrived: int
    refused: int
    departed: int
    held: int

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost or made up."""
        return self.arrived == self.refused + self.departed + self.held
