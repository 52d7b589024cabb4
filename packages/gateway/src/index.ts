export type { Config } from "./server/config.ts";
export { type Environment, gatewayHelp, parseConfig } from "./server/parse-config.ts";
export { type Gateway, startGateway } from "./server/main.ts";
export { type Recovery, recoverFolder } from "./server/recover.ts";
export { runGateway } from "./server/run-gateway.ts";
