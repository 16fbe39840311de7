export * from "./build.ts";
export * from "./encode.ts";
export * from "./json.ts";
export * from "./legs.ts";
export * from "./strategies.ts";
export * from "./typedData.ts";
export * from "./types.ts";
export * from "./validate.ts";
