"""The page of the monitoring: is it fine, which alerts fire, and the dashboards, drawn from Grafana's own files."""

from fastapi import APIRouter

from iam_job_scout.web.monitoring import data, pages

__all__ = ["router"]

router = APIRouter(include_in_schema=False)
router.include_router(pages.router)
router.include_router(data.router)
