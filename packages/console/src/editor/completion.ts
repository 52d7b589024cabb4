import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { catalogServices, conditionKeyNames, operators, serviceActions } from "@s3-credentials/policy";

const actionOptions: readonly Completion[] = catalogServices.flatMap((service) =>
  (serviceActions(service) ?? []).map(({ name, access }) => ({ label: name, detail: access, type: "function" })),
);
const keyOptions: readonly Completion[] = conditionKeyNames.map((key) => ({ label: key, type: "property" }));
const operatorOptions: readonly Completion[] = Object.keys(operators).map((name) => ({ label: name, type: "keyword" }));
const elementOptions: readonly Completion[] = [
  "Sid",
  "Effect",
  "Principal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
].map((label) => ({ label, type: "keyword" }));
const effectOptions: readonly Completion[] = [{ label: "Allow" }, { label: "Deny" }];

/** What may be written in the string where the cursor is: it depends on the element that the string is in. */
export function completePolicy(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/"[^"\n]*/);
  if (word === null) return null;
  const before = context.state.sliceDoc(0, word.from);
  const options = optionsAt(before);
  return options === undefined ? null : { from: word.from + 1, options, validFor: /^[^"\n]*$/ };
}

function optionsAt(before: string): readonly Completion[] | undefined {
  const element = /[\s\S]*"(\w+)"\s*:\s*(\[[^\]]*)?$/.exec(before)?.[1];
  if (element === "Effect") return effectOptions;
  if (element === "Action" || element === "NotAction") return actionOptions;
  if (element !== undefined) return undefined;
  // A name of a member: of a statement, of a condition block, or of one operator.
  const condition = before.lastIndexOf('"Condition"');
  const depth = condition === -1 ? 0 : depthOf(before.slice(condition));
  if (depth === 1) return operatorOptions;
  if (depth === 2) return keyOptions;
  return elementOptions;
}

function depthOf(text: string): number {
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
  let depth = 0;
  for (const sign of outside) {
    if (sign === "{") depth += 1;
    if (sign === "}") depth -= 1;
    if (depth < 0) return 0;
  }
  return depth;
}
