import { systemClock } from "../clock/system.ts";
import { describeStore } from "../../ports/store.contract.ts";
import { memoryStore } from "./memory.ts";

describeStore("the store in memory", () => memoryStore({ clock: systemClock }));
