// What a service needs to be replaced without losing a request: it says which release it is and how it feels,
// answers 200 only for what is on disk, and finishes what it began when it is told to stop.
// node-greeter and static-site hold the same file, because each stands for a repository of its own.

import { createServer } from "node:http";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { behaviour } from "./behaviour.mjs";
import { acceptWebSocket, closeWebSockets, refuse } from "./websocket.mjs";
import { openLedger, recordStart } from "./witness.mjs";

export const release = process.env.SIGNALBOX_RELEASE ?? "unreleased";

/** Which release on which host answered: on every answer, so that whoever counts need not read bodies. */
const origin = { "x-release": release, "x-host": hostname() };

let stopping = false;
let draining = false;
let inFlight = 0;

export function answer(response, status, content, type = "text/plain; charset=utf-8") {
  // A kept-alive connection must not bring another request to a process that is leaving.
  if (stopping || draining) response.setHeader("connection", "close");
  const headers = { ...origin, "content-type": type, "content-length": Buffer.byteLength(content) };
  response.writeHead(status, headers).end(content);
}

export async function serve({ name, version, routes }) {
  const port = Number(process.env.PORT ?? 8080);
  await recordStart(release);
  const everyRoute = { ...commonRoutes(version, await openLedger()), ...routes };

  const server = createServer(async (request, response) => {
    const [path, query] = request.url.split("?", 2);
    const method = request.method === "HEAD" ? "GET" : request.method;

    // A health probe is nobody's work: it never holds up a stop.
    if (path !== "/healthz") {
      inFlight += 1;
      response.once("close", () => (inFlight -= 1));
    }

    if (await behaviour.answersBadly(path, response, answer)) return;
    const route = everyRoute[`${method} ${path}`];
    if (route) await route(request, response, new URLSearchParams(query));
    else answer(response, 404, "Not found\n");
  });

  server.on("upgrade", (request, socket, head) => {
    if (stopping) return refuse(socket, "503 Service Unavailable");
    if (request.url.split("?", 1)[0] !== "/socket") return refuse(socket, "404 Not Found");
    acceptWebSocket(request, socket, head, origin);
  });

  // The proxy in front closes idle connections, not the service: otherwise a request can meet a closing connection.
  server.keepAliveTimeout = 75_000;
  server.on("error", (error) => {
    console.error(error.code === "EADDRINUSE" ? `Port ${port} is already in use.` : error.message);
    process.exit(3);
  });
  process.on("SIGTERM", () => {
    if (!behaviour.ignoresSigterm && !stopping) stop(server);
  });

  await behaviour.beforeListening(port);
  server.listen(port, "0.0.0.0", () => {
    console.log(`${name} ${version}, release ${release}, listens on port ${port}`);
    behaviour.afterListening();
  });
}

function stop(server) {
  stopping = true;
  console.log(`Stopping with ${inFlight} request(s) in flight`);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  closeWebSockets();
  // A connection that never carried a request counts neither as idle nor as in flight, and would hold up the stop.
  setInterval(() => (inFlight === 0 ? server.closeAllConnections() : server.closeIdleConnections()), 50);
}

function commonRoutes(version, ledger) {
  return {
    "GET /healthz": (request, response) =>
      draining ? answer(response, 503, "draining\n") : answer(response, 200, "ok\n"),
    "GET /version": (request, response) => answer(response, 200, `${release} ${version}\n`),

    async "GET /slow"(request, response, query) {
      const ms = Number(query.get("ms") ?? 500);
      if (!(ms >= 0 && ms <= 60_000)) return answer(response, 400, "ms must be a number from 0 to 60000\n");
      await sleep(ms);
      answer(response, 200, `Release ${release} answered after ${ms} ms\n`);
    },

    async "POST /orders"(request, response) {
      const id = request.headers["x-request-id"] ?? "";
      if (!/^[\w.:-]{1,128}$/.test(id)) {
        return answer(response, 400, "X-Request-Id must be 1 to 128 of A-Z a-z 0-9 _ . : -\n");
      }
      try {
        await ledger.add(`${id} ${release}`);
      } catch (error) {
        return answer(response, 503, `Not accepted: ${error.message}\n`);
      }
      answer(response, 200, `Accepted ${id} by release ${release}\n`);
    },

    // For whatever is in front and asks for the health: this copy wants no more requests, and answers those that come.
    "POST /admin/drain": (request, response) => setDraining(request, response, true),
    "POST /admin/readmit": (request, response) => setDraining(request, response, false),
  };
}

function setDraining(request, response, wanted) {
  // Nobody but the host itself may take it out of rotation.
  if (request.socket.remoteAddress !== "127.0.0.1") return answer(response, 403, "Only from the host itself\n");
  draining = wanted;
  answer(response, 200, draining ? "draining\n" : "ok\n");
}
