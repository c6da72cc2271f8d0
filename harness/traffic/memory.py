"""What the clients know: their orders, the versions they have seen, whether they have registered."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Memory:
    """One user's knowledge, gained from answers only."""

    orders: list[str] = field(default_factory=list)
    """Orders that were acknowledged, in that order; each once."""
    versions: dict[str, int] = field(default_factory=dict)
    """The highest version seen of each order: the Min-Version of the next read."""
    etags: dict[str, str] = field(default_factory=dict)
    """The ETag of the last read by path, for If-None-Match."""
    registered: bool = False
    _accepted: set[str] = field(default_factory=set)

    def accepted(self, order_id: str) -> None:
        """An order was acknowledged; a repeat changes nothing."""
        if order_id not in self._accepted:
            self._accepted.add(order_id)
            self.orders.append(order_id)

    def saw(self, order_id: str, version: int) -> None:
        """An answer showed this version of an order."""
        self.versions[order_id] = max(version, self.versions.get(order_id, 0))

    def choose(self, pick: float | None, otherwise: str) -> str:
        """The order that `pick` in [0, 1) means, 0 being the newest; `otherwise` without a pick, or knowing none."""
        if pick is None or not self.orders:
            return otherwise
        return self.orders[len(self.orders) - 1 - int(pick * len(self.orders))]
