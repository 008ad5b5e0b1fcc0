from __future__ import annotations

import io

from avila.progress import WIDTH, ProgressBar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_counts_the_steps_of_all_images():
    bar = ProgressBar(Terminal(), num_images=2)
    bar.advance(0, 3, 10)
    bar.advance(1, 2, 10)
    assert "step 5/20" in bar.text


def test_the_time_left_follows_the_pace_so_far():
    now = [100.0]
    bar = ProgressBar(Terminal(), 1, lambda: now[0])
    for step in range(1, 6):
        bar.advance(0, step, 20)
        now[0] += 2.0
    now[0] -= 2.0
    assert bar.text.endswith("step 5/20, 30 s left")


def test_a_finished_bar_is_full_and_has_no_time_left():
    bar = ProgressBar(Terminal(), 1)
    bar.advance(0, 20, 20)
    assert bar.text == f"[{'#' * WIDTH}] step 20/20"


def test_a_pipe_gets_nothing():
    pipe = io.StringIO()
    bar = ProgressBar(pipe, 1)
    bar.advance(0, 1, 2)
    bar.clear()
    assert pipe.getvalue() == ""
