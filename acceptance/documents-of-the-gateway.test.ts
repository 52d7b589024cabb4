/** The pages that start gateways themselves. */
import { runExamples } from "./documented-examples.ts";

runExamples({ startGateways: true });
