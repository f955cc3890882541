"""Verbs started from a page: real processes, one at a time for each run."""

import pytest

from dashboards import jobs


def finished(job: jobs.Job) -> jobs.Job:
    job._process.wait(120)
    return job


def test_a_second_click_starts_nothing_and_a_job_can_be_stopped(bare_run):
    words = ["evaluate", str(bare_run.path), "--games", "1000"]
    job = jobs.start(bare_run.path, words)
    assert jobs.start(bare_run.path, words) is job
    assert jobs.job_of(bare_run.path) is job
    assert job.running
    job.stop()
    assert not job.running
    assert job.stopped
    assert job.failed is None
    jobs.forget(bare_run.path)
    assert jobs.job_of(bare_run.path) is None
    assert not bare_run.records("evaluation"), "stopped work leaves no result"


def test_a_verb_that_fails_says_why(tmp_path):
    job = finished(jobs.start(tmp_path, ["inspect", str(tmp_path / "nothing")]))
    assert "nothing" in job.failed
    jobs.forget(tmp_path)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("strategy: 43 % (play of step 400,000, about 25 s left)", (43, "play of step 400,000, about 25 s left")),
        ("explain: 999 % (x)", (100, "x")),
        ("43 %", None),
        ("rlxai: error: x", None),
    ],
)
def test_progress_is_read_from_the_verbs_own_lines(line, found):
    assert jobs.progress_of(line) == found
