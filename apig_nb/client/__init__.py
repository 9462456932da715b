"""The client of the service: `connect` and `Client`."""

from apig_nb.client.client import Client, connect

__all__ = ["Client", "connect"]
