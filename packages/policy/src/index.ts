export * from "./parse.ts";
export * from "./engine.ts";
export * from "./explain.ts";
export * from "./access.ts";
export * from "./compare.ts";
export * from "./templates.ts";
export * from "./catalog.ts";
export * from "./validate.ts";
