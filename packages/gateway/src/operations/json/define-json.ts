import { modelOf, splitMembers } from "../members.ts";
import type { JsonOperation } from "../operation.ts";
import type { JsonService } from "./json-services.ts";

/** A row of a JSON service, its types forgotten once they have been checked. `reads`: the members that `parse` reads. */
export function defineJson<Input>(
  service: Exclude<JsonService, "s3-credentials">,
  definition: Omit<JsonOperation<Input>, "refuses">,
): JsonOperation {
  const members = splitMembers(modelOf(service, definition.name), new Set(definition.reads));
  return { ...definition, ...members } as unknown as JsonOperation;
}
