"""Whether the monitoring's own numbers can be trusted: samplers, scrapes, faults of the instrumentation."""

from observability.grafana.colors import BAD, WARNING, steps
from observability.grafana.panels import OK_FAILED, Panel, series_panel, timeline_panel
from observability.grafana.queries import q
from observability.grafana.words import says


def panels_of_monitoring() -> list[Panel]:
    """A row of Application Health."""
    return [
        _samplers(),
        _age_of_sampled_gauges(),
        _scrape_time(),
        _samples_per_scrape(),
        _faults_of_the_instrumentation(),
        _scrapes_answered(),
    ]


def _samplers() -> Panel:
    return timeline_panel(
        "Samplers",
        says(
            "Green: the gauges of jobs, sessions, sources, queue and connections are renewed every 30 s.",
            "Red: that group of gauges shows old values. The log says why the sampler failed.",
            "SamplerFailing",
        ),
        q("min by (sampler) (monitoring_sampler_success{@here})", "{{sampler}}"),
        states=OK_FAILED,
    )


def _age_of_sampled_gauges() -> Panel:
    return (
        series_panel(
            "Age of sampled gauges",
            says(
                "A saw of 0 to 30 s.",
                "A straight line upwards: that sampler stopped.",
                "SamplerFailing",
            ),
            q(
                "time() - min by (sampler) (monitoring_sampler_last_success_timestamp_seconds{@here})",
                "{{sampler}}",
            ),
            unit="s",
        )
        .span(12)
        .height(6)
    )


def _scrape_time() -> Panel:
    return series_panel(
        "Scrape time",
        says(
            "Tens of milliseconds, flat.",
            "Growing with the samples beside: too many label values. Over 10 s the scrape is lost.",
            "ScrapeNearLimit",
        ),
        q("max by (instance) (scrape_duration_seconds{@here})", "{{instance}}"),
        unit="s",
    ).span(6)


def _samples_per_scrape() -> Panel:
    return series_panel(
        "Samples per scrape",
        says(
            "Below 2,000 and flat.",
            "From 20,000 on Prometheus refuses the whole scrape; find the metric with the most series.",
            "ScrapeNearLimit",
            "CardinalityOverflow",
        ),
        q("max by (instance) (scrape_samples_scraped{@here})", "{{instance}}"),
        unit="short",
        thresholds=steps((15000, BAD), base="transparent"),
    ).span(6)


def _faults_of_the_instrumentation() -> Panel:
    return series_panel(
        "Faults of the instrumentation",
        says(
            "Nothing.",
            "Some metrics are wrong or missing since then; the log names the place.",
            "MonitoringInternalErrors",
            "CardinalityOverflow",
            empty="the instrumentation has not failed and no label ran over since the app started.",
        ),
        q(
            "sum by (where) (increase(monitoring_internal_errors_total{@here}[$__rate_interval]))",
            "failed in {{where}}",
            BAD,
        ),
        q(
            "sum by (metric, label) (increase(monitoring_label_overflow_total{@here}[$__rate_interval]))",
            "{{label}} of {{metric}} ran over",
            WARNING,
        ),
        unit="short",
        bars=True,
    ).span(6)


def _scrapes_answered() -> Panel:
    return series_panel(
        "Scrapes answered",
        says(
            "A flat 200, one each interval of each Prometheus.",
            "401 or 403: Prometheus has the wrong token. 500: the log says which collector failed.",
            "ServiceDown",
        ),
        q(
            "sum by (status_code) (rate(monitoring_scrapes_total{@here}[$__rate_interval]))",
            "{{status_code}}",
        ),
        unit="reqps",
    ).span(6)
