export { builds } from "./builds.ts";
