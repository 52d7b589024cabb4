import { isFilterKey, keyOf } from "../../domain/analyzers/finding-filter.ts";
import type { FindingCriterion, FindingFilter } from "../../ports/analyzer-store.ts";
import {
  jsonBoolean,
  type JsonField,
  jsonList,
  jsonMap,
  jsonOptional,
  jsonStructure,
  jsonText,
} from "../json/json-fields.ts";
import type { JsonOutput } from "../json/json-value.ts";
import { isRefusal, type Refusal } from "../operation.ts";
import { Violation } from "../query/fields.ts";
import { invalid } from "./define-access-analyzer.ts";

const values = jsonList(jsonText({ min: 0, max: 2048 }), 20);
const criterion = jsonStructure({
  eq: jsonOptional(values),
  neq: jsonOptional(values),
  contains: jsonOptional(values),
  exists: jsonOptional(jsonBoolean),
});
const criteria = jsonMap({ max: 256 }, criterion, 50);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-filter-keys.html */
export const filter: JsonField<FindingFilter> = {
  read(value, name) {
    const read = criteria.read(value, name);
    if (read instanceof Violation || isRefusal(read)) return read;
    const found: Record<string, FindingCriterion> = Object.create(null) as Record<string, FindingCriterion>;
    const keys = new Set<string>();
    for (const [key, { eq, neq, contains, exists }] of read) {
      if (!isFilterKey(key)) return unknownKey(key);
      // Otherwise one value is searched as often as its key can be written in capitals.
      if (keys.has(keyOf(key)))
        return invalid(
          `The filter has ${key.slice(0, 128)} twice: condition keys have no case.`,
          "fieldValidationFailed",
        );
      keys.add(keyOf(key));
      if (eq === undefined && neq === undefined && contains === undefined && exists === undefined)
        return invalid(`The criterion of ${key} is empty.`, "fieldValidationFailed");
      found[key] = {
        ...(eq === undefined ? {} : { eq }),
        ...(neq === undefined ? {} : { neq }),
        ...(contains === undefined ? {} : { contains }),
        ...(exists === undefined ? {} : { exists }),
      };
    }
    return found;
  },
};

/** Of an archive rule: one without a criterion would archive everything. */
export const ruleFilter: JsonField<FindingFilter> = {
  read(value, name) {
    const read = filter.read(value, name);
    if (read instanceof Violation || isRefusal(read) || Object.keys(read).length > 0) return read;
    return invalid("The filter needs a criterion.", "fieldValidationFailed");
  },
};

function unknownKey(key: string): Refusal {
  return invalid(`${key.slice(0, 128)} is not a filter key of findings of external access.`, "fieldValidationFailed");
}

export function filterOf(found: FindingFilter): JsonOutput {
  return Object.fromEntries(Object.entries(found).map(([key, one]): [string, JsonOutput] => [key, { ...one }]));
}
