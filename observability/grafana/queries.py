"""Queries of panels, and the matchers that tie them to the variables of a dashboard."""

from dataclasses import dataclass
from enum import Enum

from grafana_foundation_sdk.builders import prometheus
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
#: Stand-ins in expressions, so that what matters stays legible: @here for the processes that are chosen, @app for the
#: app's among them where the monitoring servers have series of the same name, @job for recorded series that know no
#: instance, @people for the requests of people, without probes and scrapes.
STAND_INS = {
    "@people": 'job=~"$job", instance=~"$instance", endpoint!~"/metrics|/health|/ready|/api/monitoring/.+"',
    "@here": 'job=~"$job", instance=~"$instance"',
    "@app": 'job=~"$job", job!~"prometheus|alertmanager|grafana", instance=~"$instance"',
    "@job": 'job=~"$job"',
}


class Form(Enum):
    """What a panel needs of its queries: their course, their newest values, or rows of a table."""

    COURSE = "course"
    NEWEST = "newest"
    TABLE = "table"


@dataclass(frozen=True)
class Query:
    """One query: its PromQL, the legend of its series, their colour where it has a fixed meaning."""

    expr: str
    legend: str
    color: str = ""

    def build(self, ref: str, form: Form) -> prometheus.Dataquery:
        """The query as Grafana stores it; `ref` is its letter within the panel."""
        query = prometheus.Dataquery().expr(self.expr).legend_format(self.legend).ref_id(ref).datasource(SOURCE)
        if form is Form.COURSE:
            return query.format(PromQueryFormat.TIME_SERIES).range()
        return query.format(PromQueryFormat.TABLE if form is Form.TABLE else PromQueryFormat.TIME_SERIES).instant()


def q(expr: str, legend: str = "", color: str = "") -> Query:
    """A query; a legend without {{label}} names a single series, the fields of a table need none."""
    return Query(_spell_out(expr), legend, color)


def _spell_out(expr: str) -> str:
    for stand_in, matchers in STAND_INS.items():
        expr = expr.replace(stand_in, matchers)
    return expr
