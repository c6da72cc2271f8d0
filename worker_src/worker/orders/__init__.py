"""Role `orders`: commands take effect on the system of record."""

from worker.orders.handler import OrdersHandler
from worker.orders.rules import Changes, Line, Movement, Order, Product, State, decide

__all__ = ["Changes", "Line", "Movement", "Order", "OrdersHandler", "Product", "State", "decide"]
