import type { Context } from "../command-line/context.ts";
import { listOption, type OptionValues, textOption } from "../command-line/definition.ts";
import { UsageError } from "../command-line/failures.ts";
import { type Json, jsonObject, type JsonObject } from "../formats/json.ts";
import { policyText, policyWarnings, readPolicyOption } from "./policy-text.ts";

export interface Trust {
  readonly document: JsonObject;
  readonly warnings: readonly string[];
}

/** Who may assume a new role: `--trust`, or a document of the user's own. */
export async function readTrust(context: Context, options: OptionValues, partition: string): Promise<Trust> {
  const who = listOption(options, "trust");
  const file = textOption(options, "trust-policy");
  if ((who.length === 0) === (file === undefined))
    throw new UsageError("say who may assume the role: --trust WHO, or --trust-policy FILE");
  if (file === undefined) return { document: trustOf(who, partition), warnings: [] };
  const given = policyText(await readPolicyOption(context, "--trust-policy", file), "trust");
  return { document: given.value, warnings: policyWarnings(given, "trust", "--trust-policy") };
}

function trustOf(who: readonly string[], partition: string): JsonObject {
  const named = who.map((text) => principalOf(text, partition));
  const ofKind = (kind: PrincipalName["kind"]): Json | undefined => {
    const names = [...new Set(named.filter((item) => item.kind === kind).map(({ name }) => name))];
    return names.length === 1 ? names[0] : names.length === 0 ? undefined : names;
  };
  const principal = jsonObject({ AWS: ofKind("AWS"), Service: ofKind("Service") });
  const statement = jsonObject({ Effect: "Allow", Principal: principal, Action: "sts:AssumeRole" });
  return jsonObject({ Version: "2012-10-17", Statement: [statement] });
}

interface PrincipalName {
  readonly kind: "AWS" | "Service";
  readonly name: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
function principalOf(text: string, partition: string): PrincipalName {
  if (/^\d{12}$/.test(text)) return { kind: "AWS", name: `arn:${partition}:iam::${text}:root` };
  if (/^arn:[a-z-]+:iam::\d{12}:(root|(user|role)\/[^\s*?]+)$/.test(text)) return { kind: "AWS", name: text };
  if (/^arn:[a-z-]+:sts::\d{12}:(assumed-role\/[^\s*?]+\/[^\s*?]+|federated-user\/[^\s*?]+)$/.test(text))
    return { kind: "AWS", name: text };
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(text)) return { kind: "Service", name: text };
  throw new UsageError(
    `invalid --trust "${text}": it is a service such as ec2.amazonaws.com, an account ID of 12 digits, or the ARN of a user or role`,
  );
}
