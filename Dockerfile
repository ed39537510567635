# The host in a container: docker build -t taskbox .
#
#   docker run -p 8080:8080 -v taskbox:/data -e TASKBOX_CONFIG=/etc/taskbox.toml -v ./taskbox.toml:/etc/taskbox.toml:ro taskbox
#
# Beyond loopback the host wants a token: `docker run --rm taskbox token new --name ops --scopes read,operate,submit` prints one
# for the settings.
FROM rust:1-bookworm AS build
WORKDIR /taskbox
COPY . .
# Tests, guests and plugins are members of the workspace, but no part of the host.
RUN cargo build --release --locked -p taskbox && cp target/release/taskbox /usr/local/bin/

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 999 --no-create-home taskbox \
 && install -d -o taskbox -g taskbox -m 0700 /data
COPY --from=build /usr/local/bin/taskbox /usr/local/bin/taskbox
USER taskbox
VOLUME /data
EXPOSE 8080
ENV TASKBOX_DATA=/data TASKBOX_LISTEN=0.0.0.0:8080 TASKBOX_LOG_FORMAT=json
STOPSIGNAL SIGTERM
ENTRYPOINT ["taskbox"]
CMD ["serve"]
