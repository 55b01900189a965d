import { describe, expect, it } from "vitest";

import { backendLines } from "./haproxy-config.ts";

const configuration = `
# a comment
defaults
  mode http      # another
  retries 2

backend first
  balance roundrobin

defaults signalbox
  option   redispatch 1

frontend orders from signalbox
  bind :8080

backend orders_blue from signalbox
	balance leastconn
  server web-1 10.0.0.1:80

backend last
  balance source
`;

describe("the lines of a backend", () => {
  it("come after those of the defaults that it names", () => {
    expect(backendLines(configuration, "orders_blue")).toEqual([
      "option redispatch 1",
      "balance leastconn",
      "server web-1 10.0.0.1:80",
    ]);
  });

  it("come after those of the last defaults before it when it names none", () => {
    expect(backendLines(configuration, "first")).toEqual(["mode http", "retries 2", "balance roundrobin"]);
    expect(backendLines(configuration, "last")).toEqual(["option redispatch 1", "balance source"]);
  });

  it("are none when it is not there", () => {
    expect(backendLines(configuration, "orders_green")).toEqual([]);
    expect(backendLines(configuration, "orders")).toEqual([]);
  });
});
