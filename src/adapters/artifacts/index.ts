export { fileArtifacts } from "./file-artifacts.ts";
