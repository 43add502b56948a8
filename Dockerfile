# The mirror with what reads student numbers (the extra srs), without the embedded server and the tests: give
# it a PostgreSQL (docker-compose.yml does).

# A release names it with its digest (docs/releasing.md).
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY requirements.lock requirements-runtime.lock ./
RUN python -m pip install --require-hashes --constraint requirements.lock hatchling
RUN python -m venv /opt/dcs-mirror \
 && /opt/dcs-mirror/bin/python -m pip install --require-hashes --requirement requirements-runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY alembic alembic
COPY dcs_mirror dcs_mirror
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/dcs-mirror/bin/python -m pip install --no-deps /tmp/wheel/*.whl \
 && /opt/dcs-mirror/bin/python -m pip uninstall --yes pip

FROM ${BASE}
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent dcs-mirror
COPY --from=build /opt/dcs-mirror /opt/dcs-mirror
ENV PATH=/opt/dcs-mirror/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
WORKDIR /
ENTRYPOINT ["dcs-mirror"]
CMD ["--help"]
