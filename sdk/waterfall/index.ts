export * from "./allocation.ts";
export * from "./ranks.ts";
