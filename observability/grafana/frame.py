"""What all dashboards share: variables, links, annotations, sections, ids and the grid."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from observability.grafana.names import RUNBOOKS, SOURCE_UID, TAG
from observability.grafana.panels import Panel
from observability.grafana.queries import SOURCE

COLUMNS = 24
#: Ids of a section's row and panels begin at its number times this: a panel more in one leaves the others' alone.
IDS_PER_SECTION = 100


@dataclass(frozen=True)
class Section:
    """A row that folds, and its panels. The first one of a dashboard is its answer."""

    title: str
    panels: Sequence[Panel]
    folded: bool = False


@dataclass(frozen=True)
class Page:
    """A whole dashboard. `uid` is its address and its file's name, fixed for ever."""

    uid: str
    title: str
    description: str
    area: str
    sections: Sequence[Section]
    since: str = "now-6h"
    marks_scans: bool = False

    def build(self, *, runbooks: str = RUNBOOKS) -> models.Dashboard:
        """The dashboard as the SDK models it."""
        made = dashboard.Dashboard(self.title).uid(self.uid).description(self.description).tags([TAG, self.area])
        made.readonly().tooltip(models.DashboardCursorSync.CROSSHAIR).time(self.since, "now").refresh("30s")
        made.timezone("browser").version(1).variables(_variables(runbooks)).annotations(
            _annotations(scans=self.marks_scans)
        )
        made.link(_all_dashboards()).link(_alert_list())
        result = made.build()
        result.panels = list(_lay_out(self.sections))
        for link in result.links or []:
            link.placement = None  # type: ignore[assignment]  # the SDK's default hides links in a menu
        return result


def to_json(made: models.Dashboard) -> str:
    """The file's text: the same for the same dashboard, whatever the machine."""
    return json.dumps(made, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _lay_out(sections: Sequence[Section]) -> Iterator[models.Panel | models.RowPanel]:
    top = 0
    for number, section in enumerate(sections, 1):
        row = models.RowPanel(
            title=section.title,
            collapsed=section.folded,
            id_val=number * IDS_PER_SECTION,
            grid_pos=models.GridPos(h=1, w=COLUMNS, x=0, y=top),
            panels=[],
        )
        panels = [panel.build() for panel in section.panels]
        height = _place(panels, top=top + 1)
        for index, panel in enumerate(panels, 1):
            panel.id_val = number * IDS_PER_SECTION + index
        yield row
        if section.folded:
            row.panels = panels
            top += 1
        else:
            yield from panels
            top = height


def _place(panels: Sequence[models.Panel], *, top: int) -> int:
    """Sets the panels from left to right, in lines; returns where the next thing begins."""
    left, line_height = 0, 0
    for panel in panels:
        place = panel.grid_pos or models.GridPos()
        if left + place.w > COLUMNS:
            left, top, line_height = 0, top + line_height, 0
        panel.grid_pos = models.GridPos(h=place.h, w=place.w, x=left, y=top)
        left, line_height = left + place.w, max(line_height, place.h)
    return top + line_height


def _variables(runbooks: str) -> list[Builder[models.VariableModel]]:
    source = dashboard.DatasourceVariable("datasource").label("Data Source").type("prometheus")
    source.current(models.VariableOption(selected=True, text="Prometheus", value=SOURCE_UID))
    return [
        source,
        _chooser("job", "Job", "label_values(iam_job_scout_info, job)"),
        _chooser("instance", "Instance", 'label_values(iam_job_scout_info{job=~"$job"}, instance)'),
        dashboard.ConstantVariable("runbooks").label("Where the runbooks lie").value(runbooks),
    ]


def _chooser(name: str, label: str, query: str) -> dashboard.QueryVariable:
    variable = dashboard.QueryVariable(name).label(label).datasource(SOURCE).definition(query)
    variable.query(query).multi(True).include_all(True).all_value(".+")
    variable.current(models.VariableOption(selected=True, text="All", value="$__all"))
    return variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(models.VariableSort.ALPHABETICAL_ASC)


def _annotations(*, scans: bool) -> list[Builder[models.AnnotationQuery]]:
    """Starts of processes with their version, and ends of whole scans, each at the time that its gauge says.

    Scans are marked at once where `scans`, and can be switched on elsewhere.
    """
    started = (
        'process_start_time_seconds{job=~"$job", instance=~"$instance"} * 1000'
        " * on (job, instance) group_left (version)"
        ' iam_job_scout_info{job=~"$job", instance=~"$instance"}'
    )
    scanned = (
        'max by (source) (iam_source_last_success_timestamp_seconds{job=~"$job", instance=~"$instance"} > 0) * 1000'
    )
    return [
        _annotation("Deploys and restarts", started, color="blue").text_format("version {{version}} on {{instance}}"),
        _annotation("Scans", scanned, color="green").text_format("{{source}} was scanned whole").enable(scans),
    ]


def _annotation(name: str, expr: str, *, color: str) -> dashboard.AnnotationQuery:
    note = dashboard.AnnotationQuery().name(name).enable(True).hide(False).icon_color(color).datasource(SOURCE)
    return note.expr(expr).title_format(name).use_value_for_time(True).step("60s")


def _all_dashboards() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("IAM Job Scout").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
    link.tooltip("The other dashboards, with the same time and processes").icon("dashboard").as_dropdown(False)
    return link.include_vars(True).keep_time(True).target_blank(False)


def _alert_list() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Alerts").type(models.DashboardLinkType.LINK).url("/alerting/list")
    return link.tooltip("Every alert and its state; each one links to its runbook").icon("bell").target_blank(False)
