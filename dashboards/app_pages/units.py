"""Units: what the parts of a network respond to, since when, and what is lost without them."""

import streamlit as st

from dashboards import cached_features, job_panel, runs
from dashboards.parts import unit_cards, unit_views
from dashboards.readers import units
from dashboards.readers.features import Features, newest_features
from dashboards.words import count, plain
from rlxai.features.layers import OUTPUTS
from rlxai.features.report_words import CARE
from rlxai.replay.listing import replay_episodes
from rlxai.store.readable import read_table

PAGE = 8
VIEWS = ("Cards", "Objects", "Games without", "Feature maps", "Kernels", "Pre-images")

name, run = runs.header("Units")
found, problems = newest_features(run)
runs.warn(problems)
if found is None:
    runs.need_objects(run, "units cannot be compared with them")
    runs.make(run, "The units of this run are not looked at yet; it takes minutes.", "features", "Look at them now")
job_panel.watch(run)
of: Features = found
tables = cached_features.tables(of)
cells = st.columns([1.3, 2.2, 1.2], vertical_alignment="bottom")
step: int = cells[0].selectbox(
    "Snapshot", tables.steps, index=tables.steps.index(of.best), key="snapshot",
    format_func=lambda step: f"step {step:,}" + (", plays best" if step == of.best else ""),
)  # fmt: skip
view = cells[1].segmented_control("Show", VIEWS, default=VIEWS[0], required=True, key="view")
wanted = cells[2].selectbox("Object", tables.objects, key="object", format_func=lambda one: one.replace("-", " "))

if view == "Cards":
    layer = st.segmented_control("Layer", tables.layers, default=tables.layers[0], required=True, key="layer")
    scored = cached_features.scores(of, layer)
    effects = read_table(of.parts["effects"], "effects.parquet") if "effects" in of.parts else None
    games = units.lost_without(effects, layer)
    rows = units.listed(
        tables, scored, layer, step, wanted, cached_features.moved(run, tables.steps[0], step, layer),
        {unit: float(row["difference"]) for unit, row in games.items()},
    )  # fmt: skip
    orders = units.sorts_for(rows)
    cells = st.columns([1.3, 2.2, 0.7, 0.5], vertical_alignment="bottom")
    first = orders[0] if layer == OUTPUTS or orders[0] == orders[-1] else orders[1]
    order = cells[0].selectbox("Sort by", orders, index=orders.index(first), key=f"order {layer}")
    filters = [] if layer == OUTPUTS else list(units.FILTERS)
    asked = cells[1].pills("Only units that …", filters, selection_mode="multi", key=f"filters {layer}")
    optimise = cells[2].toggle("Optimised inputs", value=True, key="optimised")
    kept = units.chosen(rows, order, asked)
    pages = max(1, -(-len(kept) // PAGE))
    page = cells[3].number_input(f"Page of {pages}", 1, pages, key=f"page {layer} {step} {order} {asked}")
    st.caption(f"{count(len(kept), 'unit')} of {len(rows)} in {layer}, sorted by {order}. {unit_cards.LEGEND}")
    if len(kept):
        steps = int(of.parts["cards"].spec["steps"]) if "cards" in of.parts else 0
        shown = unit_cards.Shown(
            name, run, of, step, layer, wanted, replay_episodes(run)[0], games, steps if optimise else 0
        )
        unit_cards.grid(shown, kept.iloc[(page - 1) * PAGE : page * PAGE])
        st.caption(unit_cards.CHARTS)
elif view == "Objects":
    unit_views.objects(of, step, wanted)
elif view == "Games without":
    unit_views.games(of)
elif view == "Feature maps":
    unit_views.feature_maps(name, run, of, step)
elif view == "Kernels":
    unit_views.kernels(run, of, step)
else:
    unit_views.preimages(name, run, of)
st.divider()
with st.expander("Read with care"):
    st.markdown("\n".join(f"- {plain(line)}" for line in CARE))
page_file = of.commit.folder / "features.html"
st.download_button(
    "All of it as one HTML file", page_file.read_bytes(), f"{run.name}-units.html", "text/html",
    icon=":material/article:",
)  # fmt: skip
