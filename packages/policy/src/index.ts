export * from "./syntax.ts";
export * from "./evaluate.ts";
export * from "./compile.ts";
export * from "./explain.ts";
export * from "./templates.ts";
export * from "./catalog.ts";
export * from "./validate.ts";
