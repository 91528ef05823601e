"""Builders of the panel types that the dashboards use, with everything said that the SDK leaves out."""

from collections.abc import Sequence
from string import ascii_uppercase

from grafana_foundation_sdk.builders import bargauge, common, dashboard, gauge, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models import common as values
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)
from observability.grafana.colors import BAD, GOOD, WARNING, plain
from observability.grafana.queries import SOURCE, Form, Query
from observability.grafana.words import Words

Panel = stat.Panel | timeseries.Panel | gauge.Panel | bargauge.Panel | table.Panel | statetimeline.Panel
#: The text and colour of each value of a state.
States = dict[str, tuple[str, str]]
UP_DOWN: States = {"1": ("up", GOOD), "0": ("down", BAD)}
OK_FAILED: States = {"1": ("ok", GOOD), "0": ("failed", BAD)}
ALERT: States = {"1": ("pending", WARNING), "2": ("firing", BAD)}
#: Where the runbooks lie, as the hidden variable of every dashboard says.
RUNBOOK_URL = "${runbooks}/%s.md"


def stat_panel(
    title: str,
    words: Words,
    *queries: Query,
    unit: str,
    thresholds: Sequence[Threshold] | None = None,
    states: States | None = None,
    decimals: int | None = None,
    no_value: str = "no data",
) -> stat.Panel:
    """One number with its course behind it."""
    panel = stat.Panel().span(4).height(4).reduce_options(_last()).graph_mode(values.BigValueGraphMode.AREA)
    panel.color_mode(values.BigValueColorMode.VALUE).text_mode(values.BigValueTextMode.VALUE)
    panel.justify_mode(values.BigValueJustifyMode.AUTO).orientation(values.VizOrientation.AUTO).no_value(no_value)
    panel.color_scheme(_by(FieldColorModeId.THRESHOLDS)).wide_layout(True).show_percent_change(False)
    if states:
        panel.mappings(_mapped(states))
    if decimals is not None:
        panel.decimals(decimals)
    _fill(panel, title, words, queries, unit=unit, thresholds=thresholds)
    return panel


def gauge_panel(
    title: str, words: Words, *queries: Query, unit: str, thresholds: Sequence[Threshold], high: float = 1
) -> gauge.Panel:
    """A share of something that has an end, from 0 to `high`."""
    panel = gauge.Panel().span(4).height(4).reduce_options(_last()).min(0).max(high).no_value("no data")
    panel.show_threshold_labels(False).show_threshold_markers(True).orientation(values.VizOrientation.AUTO)
    panel.color_scheme(_by(FieldColorModeId.THRESHOLDS))
    _fill(panel, title, words, queries, unit=unit, thresholds=thresholds, form=Form.NEWEST)
    return panel


def series_panel(
    title: str,
    words: Words,
    *queries: Query,
    unit: str,
    thresholds: Sequence[Threshold] | None = None,
    stacked: bool = False,
    from_zero: bool = True,
    bars: bool = False,
) -> timeseries.Panel:
    """Lines over time, or bars of what happened; thresholds become dashed lines. Gaps stay gaps."""
    panel = timeseries.Panel().span(8).height(8).legend(_legend()).tooltip(_tooltip()).no_value("no data")
    panel.draw_style(values.GraphDrawStyle.BARS if bars else values.GraphDrawStyle.LINE)
    panel.line_width(0 if bars else 1).fill_opacity(60 if bars or stacked else 8)
    panel.show_points(values.VisibilityMode.NEVER).span_nulls(False)
    mode = values.StackingMode.NORMAL if stacked else values.StackingMode.NONE
    panel.stacking(common.StackingConfig().mode(mode).group("A"))
    style = values.GraphThresholdsStyleMode.DASHED if thresholds else values.GraphThresholdsStyleMode.OFF
    panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(style))
    panel.color_scheme(_by(FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
    if from_zero:
        panel.min(0)
    _fill(panel, title, words, queries, unit=unit, thresholds=thresholds)
    for ref, query in zip(ascii_uppercase, queries, strict=False):
        if query.color:
            panel.override_by_query(ref, [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": query.color})])
    return panel


def bars_panel(
    title: str, words: Words, *queries: Query, unit: str, thresholds: Sequence[Threshold] | None = None
) -> bargauge.Panel:
    """One horizontal bar for each of a few things, side by side."""
    panel = bargauge.Panel().span(8).height(8).reduce_options(_last()).min(0).no_value("no data")
    panel.display_mode(values.BarGaugeDisplayMode.BASIC).value_mode(values.BarGaugeValueMode.COLOR)
    panel.orientation(values.VizOrientation.HORIZONTAL).show_unfilled(True).legend(_legend(shown=False))
    panel.color_scheme(_by(FieldColorModeId.THRESHOLDS))
    _fill(panel, title, words, queries, unit=unit, thresholds=thresholds, form=Form.NEWEST)
    return panel


def timeline_panel(title: str, words: Words, *queries: Query, states: States) -> statetimeline.Panel:
    """A band for each thing, coloured by the state it was in."""
    panel = statetimeline.Panel().span(12).height(6).legend(_legend()).tooltip(_tooltip()).no_value("no data")
    panel.merge_values(True).show_value(values.VisibilityMode.NEVER).row_height(0.8).fill_opacity(80)
    panel.mappings(_mapped(states)).color_scheme(_by(FieldColorModeId.THRESHOLDS)).span_nulls(False)
    _fill(panel, title, words, queries, unit="none", thresholds=plain("transparent"))
    return panel


def table_panel(
    title: str,
    words: Words,
    *queries: Query,
    columns: dict[str, str],
    units: dict[str, str] | None = None,
    steps: dict[str, Sequence[Threshold]] | None = None,
    unit: str = "none",
) -> table.Panel:
    """A row for each label set of instant queries; `columns` maps the fields that are kept to their headings.

    The field of a single query is `Value`, those of several `Value #A`, `Value #B` and so on. `units` and `steps`
    (which colour a value) go by heading.
    """
    panel = table.Panel().span(12).height(8).show_header(True).cell_height(values.TableCellHeight.SM)
    panel.filterable(False).no_value("no data").color_scheme(_by(FieldColorModeId.THRESHOLDS))
    _fill(panel, title, words, queries, unit=unit, thresholds=plain("text"), form=Form.TABLE)
    if len(queries) > 1:
        panel.with_transformation(DataTransformerConfig("merge", options={}))
    panel.with_transformation(DataTransformerConfig("filterFieldsByName", options={"include": {"names": [*columns]}}))
    order = {name: index for index, name in enumerate(columns)}
    panel.with_transformation(
        DataTransformerConfig(
            "organize", options={"excludeByName": {}, "indexByName": order, "renameByName": dict(columns)}
        )
    )
    for heading, its_unit in (units or {}).items():
        panel.override_by_name(heading, [DynamicConfigValue("unit", its_unit)])
    for heading, its_steps in (steps or {}).items():
        panel.override_by_name(heading, _colored(its_steps))
    return panel


def _colored(given: Sequence[Threshold]) -> list[DynamicConfigValue]:
    thresholds = {"mode": "absolute", "steps": [step.to_json() for step in given]}
    return [
        DynamicConfigValue("thresholds", thresholds),
        DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
    ]


def _fill(
    panel: Panel,
    title: str,
    words: Words,
    queries: Sequence[Query],
    *,
    unit: str,
    thresholds: Sequence[Threshold] | None,
    form: Form = Form.COURSE,
) -> None:
    panel.title(title).description(words.describe()).datasource(SOURCE).unit(unit)
    panel.links([_runbook_link(name) for name in words.runbooks])
    mode = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE)
    panel.thresholds(mode.steps(list(thresholds or plain())))
    for ref, query in zip(ascii_uppercase, queries, strict=False):
        panel.with_target(query.build(ref, form))


def _runbook_link(name: str) -> dashboard.DashboardLink:
    link = dashboard.DashboardLink(f"Runbook: {name}").type(DashboardLinkType.LINK).url(RUNBOOK_URL % name)
    return link.icon("doc").tooltip(f"What to do about {name}").target_blank(True)


def _by(mode: FieldColorModeId) -> dashboard.FieldColor:
    return dashboard.FieldColor().mode(mode)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _legend(*, shown: bool = True) -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(shown).display_mode(values.LegendDisplayMode.LIST)
    return legend.placement(values.LegendPlacement.BOTTOM).calcs([])


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(values.TooltipDisplayMode.MULTI).sort(values.SortOrder.DESCENDING)


def _mapped(states: States) -> list[ValueMapping]:
    results = {
        value: ValueMappingResult(text=text, color=color, index=index)
        for index, (value, (text, color)) in enumerate(states.items())
    }
    return [ValueMap(options=results)]
