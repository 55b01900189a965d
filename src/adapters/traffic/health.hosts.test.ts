import { cleanHosts, sharedHosts } from "../../../test/support/shared-hosts.ts";
import { describeTraffic } from "../../ports/traffic.contract.ts";
import { byHealth, frontedService } from "./health-service.contract.ts";

describeTraffic("the service's own health answer", async () => {
  await cleanHosts();
  return frontedService(sharedHosts(), byHealth, "/healthz");
});
