/** From where a request comes, for the audit log. */
import type { FastifyRequest } from "fastify";

import type { Access } from "../core/access.ts";

export function accessOf(request: FastifyRequest): Access {
  // Behind a proxy that is trusted, it is the address that the proxy names. A socket has none.
  const address = request.socket.remoteAddress === undefined ? {} : { address: request.ip };
  const { hook } = (request.params ?? {}) as { readonly hook?: string };
  if (request.routeOptions.url?.startsWith("/hooks/") === true && hook !== undefined)
    return { via: "hook", name: hook, ...address };
  const isOpen = request.routeOptions.config.right === "open";
  return { via: isOpen ? "open" : request.caller.via, ...address };
}
