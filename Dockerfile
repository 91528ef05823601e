# The app, its scan worker and the renderer of the monitoring servers' configuration, in one image.
FROM python:3.11.14-slim-bookworm AS packages
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: \
        -r /tmp/requirements.lock
# What each request passes through is quicker compiled; the image that runs has no compiler.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY src /app/src
RUN PYTHONPATH=/app/src /opt/venv/bin/python -m iam_job_scout.monitoring.build

FROM python:3.11.14-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app/src \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# /data is the app's; /conf and /alerting belong to `nobody`, as whom the official Prometheus and Alertmanager run.
# A named volume takes over the owner of the directory that it is first mounted on.
RUN groupadd --gid 10001 scout \
    && useradd --uid 10001 --gid scout --no-create-home --shell /usr/sbin/nologin scout \
    && install -d -o scout -g scout /data \
    && install -d -o 65534 -g 65534 /conf /alerting
COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /app/src /app/src
COPY observability /app/observability
WORKDIR /app
USER 10001:10001
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5000/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "iam_job_scout"]
CMD ["serve"]
