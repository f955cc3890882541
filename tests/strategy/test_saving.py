from matplotlib.figure import Figure

from rlxai.strategy.saving import save_figure


def drawn(nudge: float = 0.0) -> Figure:
    figure = Figure(figsize=(6, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot([0, 1], [0, 1])
    right.imshow([[0, 1], [1, 0]])
    right.set_title("a title")
    figure.suptitle("above")
    if nudge:
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        for axes in figure.axes:
            left_, bottom, width, height = axes.get_position(original=True).bounds
            axes.set_position((left_ + nudge, bottom, width, height))
    return figure


def test_equal_figures_are_equal_files_even_if_the_layout_differs_in_the_last_bits(tmp_path):
    for name, nudge in (("one", 0.0), ("two", 0.0), ("three", 3e-16)):
        (tmp_path / name).mkdir()
        save_figure(drawn(nudge), tmp_path / name, "figure")
    for kind in ("svg", "png"):
        assert len({(tmp_path / name / f"figure.{kind}").read_bytes() for name in ("one", "two", "three")}) == 1
    (tmp_path / "other").mkdir()
    save_figure(drawn(1e-3), tmp_path / "other", "figure")
    assert (tmp_path / "other" / "figure.svg").read_bytes() != (tmp_path / "one" / "figure.svg").read_bytes()
