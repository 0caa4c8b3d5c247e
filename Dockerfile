# Two stages: the first installs what is locked, the second carries only what serves. The lock has the
# extras training (its Parquet library also reads jobs) and oidc; tracing is to be added to it by whom it serves.
# Bundles are mounted or copied in as artefacts; training stays outside.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock

FROM python:3.11-slim
# LightGBM is linked against the GNU OpenMP runtime, which the slim image lacks.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/entry-risk --shell /usr/sbin/nologin entry-risk
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/entry-risk
COPY app/ app/
COPY models/ models/
RUN mkdir var && chown entry-risk var
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    ENTRY_RISK_ENVIRONMENT=production \
    ENTRY_RISK_HOST=0.0.0.0 \
    ENTRY_RISK_PORT=8000
USER entry-risk
EXPOSE 8000
VOLUME ["/srv/entry-risk/var"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
CMD ["python", "-m", "app.cli", "serve"]
