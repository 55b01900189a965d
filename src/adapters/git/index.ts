export { systemGit } from "./system-git.ts";
