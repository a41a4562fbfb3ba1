# docker build -t scriptproxy .
# docker run -p 127.0.0.1:8080:8080 -v ./addons:/addons -v scriptproxy-ca:/home/app/.scriptproxy scriptproxy
# docker run … scriptproxy -s /addons/mask.csx -v        (options follow the image's name)
#
# Volumes: /addons (scripts and plugins; a change is live at once) and /home/app/.scriptproxy (the root certificate and its key; keep it, or clients have to trust a new one at each start).
# A Kubernetes DaemonSet, with a read-only root file system: examples/ci-runners. Signals reach the proxy itself: SIGTERM drains it. For "-- COMMAND" add docker run --init, which reaps what the command leaves behind.

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/ScriptProxy -c Release --use-current-runtime --self-contained false -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /app /app

# Made before they are declared as volumes, so that the certificate's folder belongs to the user that runs the proxy.
RUN mkdir -p /addons /home/app/.scriptproxy \
 && chown $APP_UID:$APP_UID /home/app/.scriptproxy \
 && chmod 700 /home/app/.scriptproxy
USER $APP_UID
VOLUME ["/addons", "/home/app/.scriptproxy"]

# Inside a container loopback is nobody's: what is reachable is decided by the ports that are published.
# Flows get eight seconds to finish, as docker stop kills after ten.
ENV SCRIPTPROXY_LISTEN=0.0.0.0:8080 \
    SCRIPTPROXY_ALLOW_REMOTE_CLIENTS=true \
    SCRIPTPROXY_ADDONS=/addons \
    SCRIPTPROXY_CA_DIR=/home/app/.scriptproxy \
    SCRIPTPROXY_ADMIN=127.0.0.1:8082 \
    SCRIPTPROXY_SHUTDOWN_TIMEOUT=8
EXPOSE 8080

# Asks whether it is ready, and needs no curl for it.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["/app/scriptproxy", "health"]
ENTRYPOINT ["/app/scriptproxy"]
