import { dataPlaneContract } from "./data-plane-contract.ts";
import { memoryDataPlane } from "./memory-data-plane.ts";

dataPlaneContract(async () => memoryDataPlane());
