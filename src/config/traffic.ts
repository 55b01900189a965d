import { z } from "zod";

import { about, argumentList, duration, exactlyOne, hostName, optional, port, textUpTo, urlPath } from "./values.ts";

const proxyName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "must be 1 to 63 of a-z, 0-9 and '-', beginning with a letter or digit");

const headerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "must be the name of a header in small letters, such as x-canary")
  .refine((name) => !name.startsWith("x-signalbox-"), "is a header of Signalbox itself; take another one");

const proxySchema = z.strictObject({
  hosts: about(
    z.array(hostName).min(1, "must name a host").max(8, "must have at most 8 hosts"),
    "The proxies; a standby comes last. With one of the service's own hosts the proxy runs beside it.",
    { examples: [["lb-1", "lb-2"]] },
  ),
  bind: about(port, "The port that users come to there.", { examples: [8080] }),
  name: optional(
    proxyName,
    "How the service is called there: its backends are `<name>_blue` and `<name>_green`. Default: the name of the service.",
  ),
  testers: optional(headerName, "The header with which testers choose: its value is `candidate` or `baseline`.", {
    examples: ["x-canary"],
  }),
});

const haproxySchema = proxySchema.extend({
  maxConnections: optional(
    z.int().min(1, "must be at least 1").max(100_000, "must be at most 100000"),
    "How many requests one copy gets at once; more wait at the proxy, 10 s at most. While some wait, no host leaves the rotation. Default: no limit, so none ever wait.",
    { examples: [200] },
  ),
});

export type ProxySettings = z.output<typeof proxySchema>;

const healthTrafficSchema = z.strictObject({
  drain: about(
    urlPath,
    "A POST to this path of the service, on the host itself, makes it say that it is not healthy.",
    { examples: ["/admin/drain"] },
  ),
  readmit: about(urlPath, "A POST to this path makes it say that it is healthy again.", {
    examples: ["/admin/readmit"],
  }),
  detect: about(
    duration({ min: "1s", max: "10m" }),
    "How long it takes until whatever is in front has noticed: the time between its checks, times the checks that must fail, and a second.",
    { examples: ["6s"] },
  ),
});

const commandTrafficSchema = z.strictObject({
  run: about(argumentList, "Its argument list; it runs on the server.", {
    examples: [["/etc/signalbox/bin/balancer"]],
  }),
  within: optional(duration({ min: "1s", max: "1h" }), "How long each call may take.", { default: "30s" }),
  shares: optional(
    z.boolean(),
    "Whether it can send a share of the requests to the side that is not active, and switch sides.",
    { default: false },
  ),
});

const drainSchema = z
  .strictObject({
    grace: optional(
      duration({ max: "10m" }),
      "New requests stop at once; those of users that something else ties to the host may still come for so long.",
      { default: "0s" },
    ),
    within: optional(
      duration({ min: "1s", max: "1d" }),
      "What is still in flight after so long is waited for no more.",
      { default: "60s" },
    ),
    longLived: optional(
      z.enum(["wait", "cut"]),
      "What happens then to requests in flight and open WebSockets: `wait` fails the drain, `cut` ends them.",
      { default: "wait" },
    ),
  })
  .refine(({ grace = 5, within = 60 }) => grace < within, {
    error: "must be shorter than within",
    path: ["grace"],
  });

const warmUpSchema = z.strictObject({
  path: about(urlPath, "What is asked: safe to be asked often.", { examples: ["/"] }),
  requests: optional(z.int().min(1, "must be at least 1").max(10_000, "must be at most 10000"), "How many requests.", {
    default: 20,
  }),
});

const probeUrl = textUpTo(500)
  .regex(
    /^https?:\/\/(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:\/[A-Za-z0-9/._~?&=%+,:@-]*)?$/,
    "must be an address such as http://shop.example.com/healthz, without a user",
  )
  .refine((url) => URL.canParse(url), "is not an address");

const probeSchema = z.strictObject({
  url: about(probeUrl, "What is asked: where users come in, and safe to be asked often.", {
    examples: ["http://shop.example.com/healthz"],
  }),
  perSecond: optional(
    z.int().min(1, "must be at least 1").max(100, "must be at most 100"),
    "How often, however long the answers take.",
    { default: 5 },
  ),
});

const kinds = ["haproxy", "nginx", "health", "command"];

const detailed = z
  .strictObject({
    haproxy: optional(
      haproxySchema,
      "HAProxy, with a part of its configuration that Signalbox manages. Its own check asks `health.http` of the server file; without it, whether the port takes connections.",
    ),
    nginx: optional(proxySchema, "nginx, in the same way."),
    health: optional(
      healthTrafficSchema,
      "No proxy of ours: the service's own health answer takes it out of whatever is in front.",
    ),
    command: optional(commandTrafficSchema, "A command of yours speaks with the load balancer."),
    drain: optional(drainSchema, "How a host leaves the rotation."),
    warmUp: optional(warmUpSchema, "Requests to a fresh copy before users come to it."),
    probe: optional(
      z.union([about(z.literal("none"), "Nobody asks."), probeSchema]),
      "What is asked from outside during a rollout, to count what users would have seen. Default with `haproxy` and `nginx`, where `health` is `http` and the first proxy needs no jump host: its health check through that proxy.",
    ),
  })
  .refine(exactlyOne(kinds), "must have exactly one of haproxy, nginx, health and command");

export const trafficSchema = z.union([
  about(z.literal("none"), "Signalbox moves no traffic: a host that is replaced is down for a moment."),
  detailed,
]);

export type TrafficSettings = z.output<typeof trafficSchema>;
export type DetailedTraffic = z.output<typeof detailed>;
