/** The environments of the demo, as a team would write them, with minutes made seconds. */

export const hosts = ["web-1", "web-2", "web-3"];
export const proxy = "lb-1";
export const dev = "dev-1";
/** Where the proxy takes requests. */
export const bind = 8080;

const onPush = { branch: "main", on: "push" };

const production = {
  deploys: onPush,
  approval: { approvers: ["kim"], within: "1h" },
  watch: { for: "5s" },
  services: {
    greeter: {
      hosts,
      traffic: { haproxy: { hosts: [proxy], bind }, drain: { within: "10s" }, warmUp: { path: "/", requests: 20 } },
      strategy: { canary: { weights: [10, 50], soak: "8s" } },
      analysis: { minimumRequests: 50 },
      // All of them share the processors of this machine, so none of them knows how busy it is itself.
      limits: { load: "100%" },
    },
  },
};

export const environments = { dev: { deploys: onPush, services: { greeter: { hosts: [dev] } } }, production };
