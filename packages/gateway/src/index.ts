export type { Config } from "./config/config.ts";
export { type Environment, gatewayHelp, parseConfig } from "./config/parse-config.ts";
export { type Gateway, startGateway } from "./main.ts";
export { type Recovery, recoverFolder } from "./recover.ts";
export { runGateway } from "./run-gateway.ts";
