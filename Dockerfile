# The desk and the API in a slim image, from the wheel: non-root, and able to run with a read-only root file system.
#   docker build -t scamcheck .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     -v desk:/data -v "$PWD/token:/run/token:ro" -p 127.0.0.1:8000:8000 scamcheck
# The file `token` must be readable by user 10001 of the container: chown 10001 token && chmod 400 token
FROM python:3.13-slim AS build
WORKDIR /src
RUN pip install --no-cache-dir build
COPY . .
RUN python -m build --wheel --outdir /wheel

FROM python:3.13-slim
COPY --from=build /wheel/*.whl /tmp/
RUN set -eu; for wheel in /tmp/*.whl; do pip install --no-cache-dir "$wheel[web]"; done; rm /tmp/*.whl; \
    useradd --system --uid 10001 --no-create-home scamcheck; install -d -o scamcheck /data
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 XDG_DATA_HOME=/data XDG_CACHE_HOME=/tmp
USER scamcheck
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8000/healthz'), timeout=3)"]
# Reached through a published port, so a token is required; name the host callers use with --allow-host.
ENTRYPOINT ["scamcheck", "serve", "--host", "0.0.0.0", "--port", "8000", "--token-file", "/run/token"]
