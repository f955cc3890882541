"""Other libraries' implementations of the same methods, each set up as its documentation says."""

from benchmarks.peers.collect import Peer, collect

__all__ = ["Peer", "collect"]
