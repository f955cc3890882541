"""Other libraries' implementations of the same methods, each set up as its documentation says."""

from benchmarks.peers.collect import collect
from benchmarks.peers.peer import Peer

__all__ = ["Peer", "collect"]
