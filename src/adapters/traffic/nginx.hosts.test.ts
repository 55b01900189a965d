import { cleanHosts, sharedHosts } from "../../../test/support/shared-hosts.ts";
import { describeTraffic } from "../../ports/traffic.contract.ts";
import { proxiedService } from "./proxied-service.contract.ts";

describeTraffic("nginx", async () => {
  await cleanHosts();
  return proxiedService(sharedHosts(), "nginx");
});
