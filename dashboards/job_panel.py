"""What a page shows where results are missing: the command that makes them, a button that runs it, its progress."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import streamlit as st

from dashboards import jobs
from dashboards.words import plain
from rlxai.store import Run

_EVERY_SECONDS = 1.0


def offer(run: Run, words: Sequence[str], label: str) -> None:
    """The command, and a button that starts it; while it is at work, its progress instead.

    Args:
        run: that is worked on.
        words: verb and arguments of the command line.
        label: of the button.
    """
    st.code(shlex.join(["rlxai", *words]), language="bash")
    job = jobs.job_of(run.path)
    if job is not None and job.running:
        if job.words[0] == words[0]:
            _working(run)
        else:
            st.caption(f"rlxai {job.words[0]} is at work on this run; one verb works on a run at a time.")
        return
    if job is not None:
        _ended(run, job)
    if st.button(label, icon=":material/play_arrow:", type="primary", key=f"start {words[0]}"):
        jobs.start(run.path, words)
        st.rerun()


def watch(run: Run) -> None:
    """Progress of a job on the run, on pages that offer none themselves; nothing where there is none."""
    job = jobs.job_of(run.path)
    if job is not None and job.running:
        _working(run)
    elif job is not None:
        _ended(run, job)


@st.fragment(run_every=_EVERY_SECONDS)
def _working(run: Run) -> None:
    job = jobs.job_of(run.path)
    if job is None or not job.running:
        st.rerun()
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.progress(job.percent, text=plain(f"rlxai {job.words[0]}: {job.doing or 'starting'}"))
    if right.button("Stop", icon=":material/stop:", key="stop job", width="stretch"):
        job.stop()
        st.rerun()


def _ended(run: Run, job: jobs.Job) -> None:
    """Say what became of a job, once."""
    if job.failed:
        st.error(plain(f"rlxai {job.words[0]} failed: {job.failed}"), icon=":material/error:")
    elif job.stopped:
        st.warning(f"rlxai {job.words[0]} was stopped; started again, it goes on where it was.", icon=":material/stop:")
    jobs.forget(run.path)
