# syntax=docker/dockerfile:1
# docker build -t ttcbench . && docker run --rm -v ttcbench:/data ttcbench demo
# `node scripts/play-dockerfile.mjs` plays these steps without Docker.

FROM node:22-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build
RUN npm pack --ignore-scripts

FROM node:22-bookworm-slim
WORKDIR /app
COPY --from=build /src/ttcbench-*.tgz ./
RUN npm install --prefix . --ignore-scripts --no-audit --no-fund ./ttcbench-*.tgz && rm ttcbench-*.tgz
ENV TTCBENCH_CACHE=/data/cache
WORKDIR /data
ENTRYPOINT ["/app/node_modules/.bin/ttcbench"]
CMD ["demo"]
