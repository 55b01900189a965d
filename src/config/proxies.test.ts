import { describe, expect, it } from "vitest";

import { loadConfiguration } from "./load.ts";
import { settingsOf } from "./settings.ts";

const text = `hosts:
  web-1: { address: 10.0.0.1, user: ship }
  web-2: { address: "fe80::2" }
  lb-1: { address: lb.example.com, user: proxy }
services:
  orders: { unit: { exec: [a] }, port: 80, health: { http: /healthz } }
  payments: { unit: { exec: [a] }, port: 81 }
  mails: { unit: { exec: [a] } }
environments:
  production:
    services:
      orders:
        hosts: [web-1, web-2]
        traffic: { haproxy: { hosts: [lb-1, web-1], bind: 8080, testers: x-canary, maxConnections: 200 } }
        slots: { blue: 8081, green: 8082, variable: HTTP_PORT }
      payments:
        hosts: [web-1, web-2]
        traffic: { nginx: { hosts: [lb-1], bind: 9090, name: pay } }
        strategy: { blue-green: { green: [web-2] } }
      mails: { hosts: [lb-1] }
  stage:
    services:
      orders: { hosts: [lb-1], traffic: { haproxy: { hosts: [web-2], bind: 8080 } } }
`;

const { configuration, problems } = loadConfiguration(text);
if (configuration === undefined) throw new Error(JSON.stringify(problems));
const settings = settingsOf(() => configuration);

describe("what root lets the server do", () => {
  it("on a host with a proxy is said by place", () => {
    expect(Object.fromEntries(settings.proxyPlaces("lb-1"))).toEqual({
      "orders.production": [
        "kind=haproxy",
        "name=orders",
        "bind=8080",
        "check=/healthz",
        "testers=x-canary",
        "max-conn=200",
        "member=blue/web-1=10.0.0.1:8081",
        "member=blue/web-2=[fe80::2]:8081",
        "member=green/web-1=10.0.0.1:8082",
        "member=green/web-2=[fe80::2]:8082",
        "owner=proxy",
      ],
      "payments.production": [
        "kind=nginx",
        "name=pay",
        "bind=9090",
        "check=tcp",
        "member=blue/web-1=10.0.0.1:81",
        "member=green/web-2=[fe80::2]:81",
        "owner=proxy",
      ],
    });
  });

  it("on a proxy beside the service stays on that host", () => {
    const lines = settings.proxyPlaces("web-1").get("orders.production")!;
    expect(lines).toContain("member=blue/web-1=127.0.0.1:8081");
    expect(lines).toContain("member=blue/web-2=[fe80::2]:8081");
    expect(lines.at(-1)).toBe("owner=ship");
  });

  it("on a proxy of hosts with one copy has each of them on both sides", () => {
    expect(settings.proxyPlaces("web-2").get("orders.stage")).toEqual([
      "kind=haproxy",
      "name=orders",
      "bind=8080",
      "check=/healthz",
      "member=blue/lb-1=lb.example.com:80",
      "member=green/lb-1=lb.example.com:80",
      "owner=deploy",
    ]);
  });

  it("on a host without a proxy is nothing with traffic", () => {
    expect(settings.proxyPlaces("nobody").size).toBe(0);
    expect([...settings.proxyPlaces("web-2").keys()]).toEqual(["orders.stage"]);
  });

  it("on a host with slots is both of them", () => {
    const lines = settings.allowances("web-1").get("orders")!;
    expect(lines).toEqual([
      "root=/srv/orders",
      "owner=ship",
      "user=orders",
      "slots=blue green",
      "ports=8081 8082",
      "slot-ports=blue:8081 green:8082",
      "port-variable=HTTP_PORT",
      "directories=",
      "adopts=",
    ]);
    expect(settings.allowances("lb-1").get("orders")).toEqual(expect.arrayContaining(["slots=main", "ports=80"]));
  });
});
