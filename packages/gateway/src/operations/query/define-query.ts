import { modelOf, splitMembers } from "../members.ts";
import type { QueryOperation } from "../operation.ts";

/** A row of IAM or STS, its types forgotten once they have been checked. `reads`: the parameters that `parse` reads. */
export function defineQuery<Input>(
  service: "iam" | "sts",
  definition: Omit<QueryOperation<Input>, "refuses">,
): QueryOperation {
  const members = splitMembers(modelOf(service, definition.name), new Set(definition.reads));
  return { ...definition, ...members } as unknown as QueryOperation;
}
