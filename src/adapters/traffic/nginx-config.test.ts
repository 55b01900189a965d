import { describe, expect, it } from "vitest";

import { blockLines } from "./nginx-config.ts";

const text = `# Written by hand
upstream orders_blue {
  zone orders_blue 128k;
  server 10.0.0.11:8081  max_fails=0 down; # for now
}
server {
  listen 8080;
  location / {
    proxy_pass http://orders_blue;
    if ($x) {
      return 403;
    }
    proxy_http_version 1.1;
  }
  access_log off;
}
`;

describe("a block of nginx's configuration", () => {
  it("has its directives, without comments and the blocks in it", () => {
    expect(blockLines(text, "upstream orders_blue")).toEqual([
      "zone orders_blue 128k",
      "server 10.0.0.11:8081 max_fails=0 down",
    ]);
    expect(blockLines(text, "server")).toEqual(["listen 8080", "access_log off"]);
    expect(blockLines(text, "location /")).toEqual(["proxy_pass http://orders_blue", "proxy_http_version 1.1"]);
  });

  it("is empty when it is not there", () => {
    expect(blockLines(text, "upstream orders_green")).toEqual([]);
  });
});
