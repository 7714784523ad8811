# syntax=docker/dockerfile:1
# docker build -t genjin . && docker run -p 8700:8700 -v genjin-data:/data --env-file secrets.env genjin

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
# The dependencies are a layer of their own: it is built again only when the lock file changes.
COPY Cargo.toml Cargo.lock ./
RUN mkdir -p src benches tests/it \
 && echo 'fn main() {}' | tee src/main.rs benches/floor.rs benches/callbacks.rs tests/it/main.rs >/dev/null \
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
USER genjin
VOLUME /data
EXPOSE 8700
# The image has no curl; bash speaks enough HTTP for this.
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8700 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r -t 2 line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["genjin"]
CMD ["serve", "--config", "/etc/genjin/bot-config", "--templates", "/etc/genjin/message-templates", "--data", "/data", "--listen", "0.0.0.0:8700"]
