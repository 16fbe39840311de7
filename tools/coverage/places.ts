import { resolve } from "node:path";

/** Everything the command writes; none of it is committed. */
export const WORK = resolve("cache/coverage");
export const PLAN = resolve(WORK, "plan.json");
export const ARTIFACTS = resolve(WORK, "artifacts");
export const CACHE = resolve(WORK, "cache");
export const TYPES = resolve(WORK, "types");
export const CONFIG = "tools/coverage/hardhat.config.ts";
