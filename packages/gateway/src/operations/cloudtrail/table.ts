import type { CloudtrailOperationName } from "../../ports/operation-name.ts";
import type { JsonOperation } from "../operation.ts";
import { getDecision } from "./get-decision.ts";
import { lookupDataEvents } from "./lookup-data-events.ts";
import { lookupEvents } from "./lookup-events.ts";

export const cloudtrailOperations: Readonly<Partial<Record<CloudtrailOperationName, JsonOperation>>> = {
  GetDecision: getDecision,
  LookupDataEvents: lookupDataEvents,
  LookupEvents: lookupEvents,
};
