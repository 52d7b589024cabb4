export { backUpFolder } from "./server/back-up-folder.ts";
export type { Config } from "./server/config.ts";
export { type Environment, gatewayHelp, parseConfig } from "./server/parse-config.ts";
export { moveDirectory } from "./server/move-directory.ts";
export { takeDirectoryBack } from "./server/take-directory-back.ts";
export { type Gateway, startGateway } from "./server/main.ts";
export { recoverFolder } from "./server/recover.ts";
export { recoverShared } from "./server/recover-shared.ts";
export { runGateway } from "./server/run-gateway.ts";
