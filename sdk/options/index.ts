export * from "./black76.ts";
export * from "./normal.ts";
