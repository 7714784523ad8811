# syntax=docker/dockerfile:1
# docker build -t genjin . && docker run -p 8700:8700 -v genjin-data:/data --env-file secrets.env genjin
# deploy/compose.yaml says the same for a longer life; deploy/try-image.sh carries this file out without a Docker engine.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
# jemalloc is built by make, which the slim image has not got.
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
# The dependencies are a layer of their own: it is built again only when the lock file changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src benches tests/it \
 && for bench in $(sed -n '/^\[\[bench\]\]/,/^$/s/^name = "\(.*\)"/\1/p' Cargo.toml); do echo 'fn main() {}' >benches/$bench.rs; done \
 && echo 'fn main() {}' | tee src/main.rs tests/it/main.rs >/dev/null \
 && touch src/lib.rs \
 && cargo build --release --locked \
 && rm -r src
COPY message-templates message-templates
COPY src src
# A copied file may be older than the stub that was built in its place.
RUN touch src/main.rs src/lib.rs && cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin genjin \
 && install -d -o genjin -g genjin -m 0750 /data
COPY --from=build /build/target/release/genjin /usr/local/bin/genjin
# Mount your own folders over these two.
COPY bot-config /etc/genjin/bot-config
COPY message-templates /etc/genjin/message-templates
COPY LICENSE /usr/share/doc/genjin/LICENSE
# Another port is said here, and the health check finds it: it asks the service on /data where it listens.
ENV GENJIN_LISTEN=0.0.0.0:8700
USER genjin
WORKDIR /data
VOLUME /data
EXPOSE 8700
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["genjin", "health", "--data", "/data"]
ENTRYPOINT ["genjin"]
CMD ["serve", "--config", "/etc/genjin/bot-config", "--templates", "/etc/genjin/message-templates", "--data", "/data"]
