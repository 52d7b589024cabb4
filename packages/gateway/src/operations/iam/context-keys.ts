import type { NamedProgram } from "@s3-credentials/policy";
import { element, type XmlNode } from "@s3-credentials/protocol";
import { isRefusal } from "../operation.ts";
import { list, required } from "../query/fields.ts";
import { defineIam } from "./define-iam.ts";
import { documentRule } from "./iam-fields.ts";
import { policySourceArn, requireSource, sourceTarget } from "./policy-sources.ts";
import { readDocuments } from "./simulate-policies.ts";
import { writtenKeys } from "./written-keys.ts";

const policyInputList = list(documentRule, 20);

function contextKeys(policies: readonly NamedProgram[]): readonly XmlNode[] {
  const keys = [...writtenKeys(policies).values()].toSorted();
  return [
    element(
      "ContextKeyNames",
      keys.map((key) => element("member", key)),
    ),
  ];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html: what a simulation of them needs. */
export const getContextKeysForCustomPolicy = defineIam({
  name: "GetContextKeysForCustomPolicy",
  resource: "none",
  fields: { PolicyInputList: required(policyInputList) },
  target: async () => ({ resource: undefined }),
  async run(_grant, { PolicyInputList }, context) {
    const policies = await readDocuments(context, "PolicyInputList", PolicyInputList, "identity");
    return isRefusal(policies) ? policies : contextKeys(policies);
  },
});

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html: of a user's groups too. */
export const getContextKeysForPrincipalPolicy = defineIam({
  name: "GetContextKeysForPrincipalPolicy",
  resource: ["group", "role", "user"],
  fields: { PolicySourceArn: policySourceArn, PolicyInputList: policyInputList },
  target: async ({ PolicySourceArn }, context) => sourceTarget(context, PolicySourceArn),
  async run(_grant, { PolicySourceArn, PolicyInputList }, context) {
    const source = await requireSource(context, PolicySourceArn);
    if (isRefusal(source)) return source;
    const more = await readDocuments(context, "PolicyInputList", PolicyInputList, "identity");
    return isRefusal(more) ? more : contextKeys([...source.layers.identity, ...more]);
  },
});
