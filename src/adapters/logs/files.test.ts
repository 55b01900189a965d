import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describeLogs } from "../../ports/logs.contract.ts";
import { fileLogs } from "./files.ts";

describeLogs("logs in files", ({ clock, secrets }) =>
  fileLogs({
    directory: mkdtempSync(join(tmpdir(), "signalbox-logs-")),
    clock: { ...clock, sleep: () => Promise.resolve() },
    secrets,
  }),
);
