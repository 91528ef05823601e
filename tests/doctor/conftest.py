"""The running product of `product.py`, as a fixture."""

from product import product
from real_servers import servers

__all__ = ["product", "servers"]
