/** From where a request comes, for the audit log. */
import type { FastifyRequest } from "fastify";

import type { Access } from "../core/access.ts";

export function accessOf(request: FastifyRequest): Access {
  // Only TCP has an address; behind a proxy that is trusted, it is the one that the proxy names.
  const address = request.ip === undefined || request.ip === "" ? {} : { address: request.ip };
  const { hook } = request.params as { readonly hook?: string };
  if (request.routeOptions.url?.startsWith("/hooks/") === true && hook !== undefined)
    return { via: "hook", name: hook, ...address };
  return { via: viaOf(request), ...address };
}

function viaOf({ headers, socket }: FastifyRequest): Access["via"] {
  if (headers.authorization !== undefined) return "token";
  return socket.remoteAddress === undefined ? "socket" : "open";
}
