"""Runs in a folder or an object store: content-addressed tasks, atomic commits, checksums everywhere."""

from rlxai.store.address import url_of
from rlxai.store.commit import Commit
from rlxai.store.copy import Copied, copy_run
from rlxai.store.identity import task_id
from rlxai.store.leftovers import Leftover, leftovers, remove
from rlxai.store.maps import Maps, MapsWriter, open_maps
from rlxai.store.run import Attempt, Run, open_run
from rlxai.store.scores import Scores, scores
from rlxai.store.snapshots import SnapshotRef
from rlxai.store.verify import Report, verify

__all__ = [
    "Attempt",
    "Commit",
    "Copied",
    "Leftover",
    "Maps",
    "MapsWriter",
    "Report",
    "Run",
    "Scores",
    "SnapshotRef",
    "copy_run",
    "leftovers",
    "open_maps",
    "open_run",
    "remove",
    "scores",
    "task_id",
    "url_of",
    "verify",
]
