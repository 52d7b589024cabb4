import { isModelled, modelOf, splitMembers } from "../members.ts";
import { type JsonOperation, refuse } from "../operation.ts";
import type { JsonService } from "./json-services.ts";

/**
 * A row of a JSON service, its types forgotten once they have been checked. `reads`: the members that `parse` reads. An operation of our
 * own has no model, so what it does not read is refused whatever its name is.
 */
export function defineJson<Input>(
  service: JsonService,
  definition: Omit<JsonOperation<Input>, "refuses">,
): JsonOperation {
  const { name, reads, parse } = definition;
  if (isModelled(service, name))
    return { ...definition, ...splitMembers(modelOf(service, name), new Set(reads)) } as unknown as JsonOperation;
  const own: JsonOperation<Input> = {
    ...definition,
    refuses: new Set(),
    parse(members) {
      const unknown = [...members.keys()].find((member) => !reads.includes(member));
      return unknown === undefined
        ? parse(members)
        : refuse("ValidationException", `${unknown.slice(0, 128)} is not a member of ${name}.`);
    },
  };
  return own as unknown as JsonOperation;
}
