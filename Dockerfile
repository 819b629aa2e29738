# One image per app: docker build --target order-service .
# They share all layers except the last. Works with both BuildKit and the classic builder.

FROM node:24-bookworm-slim AS node
ENV NODE_ENV=production
WORKDIR /app

# Only the manifests: packages are reinstalled only when one of these changes.
FROM node AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

FROM node AS toolchain
COPY --from=manifests /app ./
RUN npm ci --include=dev --ignore-scripts

FROM toolchain AS build
COPY . .
RUN NX_DAEMON=false NX_NO_CLOUD=true npx nx run-many --targets=build --outputStyle=static \
 && npx swc tools/deployment -d built --config-file .swcrc \
 && rm -r libs/testing \
 && find apps libs -mindepth 2 -maxdepth 2 ! -name dist ! -name package.json ! -name schema.graphql ! -name kafka -exec rm -r {} + \
 && find libs -type f -name '*.d.ts' -delete \
 && mv libs/runner built

# Production packages, installed from the cache filled by the toolchain stage. npm also keeps packages that only the workspace's
# development and optional peer dependencies need; they are never loaded.
FROM toolchain AS packages
RUN rm -r node_modules \
 && npm ci --omit=dev --ignore-scripts --prefer-offline --workspace=apps \
 && rm -r node_modules/.bin node_modules/@ftgo/testing node_modules/@ftgo/runner node_modules/@nestjs/testing node_modules/@types \
    node_modules/typescript node_modules/commander node_modules/cli-table3 \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

FROM node AS runtime
COPY --from=packages /app/node_modules node_modules
ENTRYPOINT ["node", "--enable-source-maps"]

# Creates the databases and their roles, with the code of npm start; and, by openssl, the certificates of services.
FROM runtime AS database-setup
RUN apt-get update && apt-get install -y --no-install-recommends openssl && rm -rf /var/lib/apt/lists/*
COPY --from=build /app/libs libs
COPY --from=build /app/package.json ./
COPY --from=build /app/built/tools tools
COPY --from=build /app/built/runner node_modules/@ftgo/runner
COPY --from=build /app/libs libs
COPY --from=manifests /app/apps apps
# A new volume inherits its owner from the folder on which it is mounted.
RUN cd apps && mkdir -p /secrets/postgres /secrets/kafka /secrets/authority $(printf '/secrets/%s ' *) && chown -R node:node /secrets
USER node
CMD ["tools/deployment/database-setup/main.js"]

# Common to all apps. Run dist/migrate.js instead of dist/main.js to migrate the service's database.
FROM runtime AS app
COPY --from=build /app/libs libs
# What the apps serve as /asyncapi.json, and the gateway as /docs.
COPY --from=build /app/definitions definitions
COPY --from=build /app/proto proto
USER node
ENV FTGO_HTTP_HOST=0.0.0.0
# Uses only bash: a Node.js process per check would cost more than the idle service.
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${FTGO_MANAGEMENT_PORT:-$FTGO_HTTP_PORT} && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ $status = 200 ]"]
CMD ["dist/main.js"]

FROM app AS api-gateway
WORKDIR /app/apps/api-gateway
ENV FTGO_HTTP_PORT=8087
EXPOSE 8087
COPY --from=build /app/apps/api-gateway .

# The options keep the memory of the relay small: see its README.
FROM app AS outbox-relay
WORKDIR /app/apps/outbox-relay
ENV FTGO_HTTP_PORT=8090
EXPOSE 8090
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=1", "--optimize-for-size", "--expose-gc"]
CMD ["dist/main.js"]
COPY --from=build /app/apps/outbox-relay .

FROM app AS consumer-service
WORKDIR /app/apps/consumer-service
ENV FTGO_HTTP_PORT=8081 FTGO_GRPC_PORT=50052
EXPOSE 8081 50052
COPY --from=build /app/apps/consumer-service .

FROM app AS order-service
WORKDIR /app/apps/order-service
ENV FTGO_HTTP_PORT=8082 FTGO_GRPC_PORT=50051
EXPOSE 8082 50051
COPY --from=build /app/apps/order-service .

FROM app AS kitchen-service
WORKDIR /app/apps/kitchen-service
ENV FTGO_HTTP_PORT=8083 FTGO_GRPC_PORT=50054
EXPOSE 8083 50054
COPY --from=build /app/apps/kitchen-service .

FROM app AS restaurant-service
WORKDIR /app/apps/restaurant-service
ENV FTGO_HTTP_PORT=8084 FTGO_GRPC_PORT=50053
EXPOSE 8084 50053
COPY --from=build /app/apps/restaurant-service .

FROM app AS accounting-service
WORKDIR /app/apps/accounting-service
ENV FTGO_HTTP_PORT=8085 FTGO_GRPC_PORT=50055
EXPOSE 8085 50055
COPY --from=build /app/apps/accounting-service .

FROM app AS order-history-service
WORKDIR /app/apps/order-history-service
ENV FTGO_HTTP_PORT=8086 FTGO_GRPC_PORT=50056
EXPOSE 8086 50056
COPY --from=build /app/apps/order-history-service .

FROM app AS delivery-service
WORKDIR /app/apps/delivery-service
ENV FTGO_HTTP_PORT=8089 FTGO_GRPC_PORT=50057
EXPOSE 8089 50057
COPY --from=build /app/apps/delivery-service .

FROM app AS identity-service
WORKDIR /app/apps/identity-service
ENV FTGO_HTTP_PORT=8100
EXPOSE 8100
COPY --from=build /app/apps/identity-service .
