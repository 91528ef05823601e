"""The form of Grafana's provisioning files, as far as ours use it, with nothing else allowed.

Grafana publishes no schema for them, and ignores what it does not know: a misspelt key would go unseen.
"""
# ruff: noqa: N815 - the names are Grafana's

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Duration = Field(pattern=r"^\d+[smhdw]$")
Uid = Field(pattern=r"^[a-zA-Z0-9_-]{1,40}$")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Document(Strict):
    apiVersion: Literal[1]


class SourceOptions(Strict):
    httpMethod: Literal["GET", "POST"] | None = None
    timeInterval: str | None = Field(None, pattern=r"^\d+[smh]$")
    manageAlerts: bool | None = None
    alertmanagerUid: str | None = None
    implementation: Literal["prometheus", "mimir", "cortex"] | None = None
    handleGrafanaManagedAlerts: bool | None = None


class Source(Strict):
    name: str
    type: Literal["prometheus", "alertmanager"]
    uid: str = Uid
    access: Literal["proxy"]
    url: str
    orgId: Literal[1]
    editable: Literal[False]
    isDefault: bool = False
    jsonData: SourceOptions


class Sources(Document):
    prune: bool
    datasources: list[Source] = Field(min_length=1)


class ProviderOptions(Strict):
    path: str = Field(pattern="^/")


class Provider(Strict):
    name: str
    orgId: Literal[1]
    folder: str
    folderUid: str = Uid
    type: Literal["file"]
    disableDeletion: bool
    allowUiUpdates: Literal[False]
    updateIntervalSeconds: int = Field(gt=0)
    options: ProviderOptions


class Providers(Document):
    providers: list[Provider] = Field(min_length=1)


class Email(Strict):
    addresses: str
    singleEmail: bool


class Slack(Strict):
    url: str


class Discord(Strict):
    url: str
    use_discord_username: bool


class Pagerduty(Strict):
    integrationKey: str
    severity: Literal["critical", "error", "warning", "info"]


class Alertmanager(Strict):
    url: str


SETTINGS = {
    "email": Email,
    "slack": Slack,
    "discord": Discord,
    "pagerduty": Pagerduty,
    "prometheus-alertmanager": Alertmanager,
}


class Receiver(Strict):
    uid: str = Uid
    type: Literal["email", "slack", "discord", "pagerduty", "prometheus-alertmanager"]
    settings: dict[str, Any]
    disableResolveMessage: bool


class ContactPoint(Strict):
    orgId: Literal[1]
    name: str
    receivers: list[Receiver] = Field(min_length=1)


class ContactPoints(Document):
    contactPoints: list[ContactPoint]


class Route(Strict):
    receiver: str
    object_matchers: list[tuple[str, Literal["=", "!=", "=~", "!~"], str]]
    repeat_interval: str = Duration
    go_on: bool = Field(alias="continue")


class Policy(Strict):
    orgId: Literal[1]
    receiver: str
    group_by: list[str]
    group_wait: str = Duration
    group_interval: str = Duration
    repeat_interval: str = Duration
    routes: list[Route] = []


class Policies(Document):
    policies: list[Policy] = Field(min_length=1, max_length=1)


class TimeRange(Strict):
    from_: int = Field(alias="from", ge=0)
    to: int = Field(ge=0)


class QueryModel(Strict):
    refId: str
    expr: str
    instant: Literal[True]
    range: Literal[False]


class Evaluator(Strict):
    type: Literal["gt", "lt"]
    params: list[float]


class Condition(Strict):
    evaluator: Evaluator


class ExpressionModel(Strict):
    refId: str
    type: Literal["math", "threshold"]
    expression: str
    conditions: list[Condition] = []


class Step(Strict):
    refId: str
    datasourceUid: str
    relativeTimeRange: TimeRange
    model: QueryModel | ExpressionModel


class Rule(Strict):
    uid: str = Uid
    title: str = Field(max_length=190)
    condition: str
    data: list[Step] = Field(min_length=1)
    noDataState: Literal["OK", "NoData", "Alerting", "KeepLast"]
    execErrState: Literal["OK", "Error", "Alerting", "KeepLast"]
    hold: str = Field(alias="for", pattern=r"^\d+[smhd]$")
    labels: dict[str, str]
    annotations: dict[str, str]
    dashboardUid: str | None = None
    panelId: int | None = None


class Group(Strict):
    orgId: Literal[1]
    name: str
    folder: str
    interval: str = Duration
    rules: list[Rule] = Field(min_length=1)


class Groups(Document):
    groups: list[Group] = Field(min_length=1)


SCHEMAS: dict[str, type[Document]] = {
    "datasources/iam-job-scout.yaml": Sources,
    "dashboards/iam-job-scout.yaml": Providers,
    "alerting/contact-points.yaml": ContactPoints,
    "alerting/policies.yaml": Policies,
    "alerting/rules.yaml": Groups,
}
