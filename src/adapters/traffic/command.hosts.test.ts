import { cleanHosts, sharedHosts } from "../../../test/support/shared-hosts.ts";
import { describeTraffic } from "../../ports/traffic.contract.ts";
import { localPrograms } from "../programs/local.ts";
import { byCommand, frontedService } from "./health-service.contract.ts";

describeTraffic("a command of the team", async () => {
  await cleanHosts();
  return frontedService(sharedHosts(), byCommand(sharedHosts()), "/", localPrograms);
});
