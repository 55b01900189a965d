import { z } from "zod";

import { about, optional, port, variableName } from "./values.ts";

export const slotsSchema = z.strictObject({
  blue: about(port, "The port of the copy in the slot `blue`.", { examples: [8081] }),
  green: about(port, "The port of the copy in the slot `green`.", { examples: [8082] }),
  variable: optional(variableName, "The variable that tells the service its port.", { default: "PORT" }),
});

export type SlotsSettings = z.output<typeof slotsSchema>;
