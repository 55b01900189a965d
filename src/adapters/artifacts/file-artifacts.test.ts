import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describeArtifacts } from "../../ports/artifacts.contract.ts";
import { fileArtifacts } from "./file-artifacts.ts";

describeArtifacts("files", () =>
  fileArtifacts({ directory: join(mkdtempSync(join(tmpdir(), "artifacts-")), "store") }),
);
