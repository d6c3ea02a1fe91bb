# syntax=docker/dockerfile:1

# Build and run on the same base, so that the virtual environment fits.
ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv --without-pip /opt/pulse-router
# The pinned dependencies first: this layer changes less often than the code.
COPY pyproject.toml constraints.txt ./
RUN python -c 'import tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]))' > requirements.txt \
 && pip --python /opt/pulse-router/bin/python install --constraint constraints.txt --requirement requirements.txt
COPY README.md LICENSE CHANGELOG.md ./
COPY sql sql
COPY config config
COPY pulse_router pulse_router
# It builds the web console too, with Node from its wheel, which stays behind in this stage.
RUN pip --python /opt/pulse-router/bin/python install --no-deps .

FROM ${PYTHON}
LABEL org.opencontainers.image.title="pulse-router" \
      org.opencontainers.image.description="Event router for IoT edge boxes" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin pulse-router
COPY --from=build /opt/pulse-router /opt/pulse-router
ENV PATH=/opt/pulse-router/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PULSE_LOG_FORMAT=json
USER 10001
WORKDIR /
EXPOSE 8080
# By the port that http.bind has by default.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["pulse-router"]
CMD ["serve"]
