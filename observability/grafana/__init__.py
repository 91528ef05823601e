"""Grafana's side: dashboards and alerting written in Python, generated into the files that Grafana loads.

`python -m observability.grafana` writes them; README.md says how to change one.
"""
