import { parameters, shapes } from "./iam-constraints.ts";

/** Requests of IAM's operations, made from the API reference. */

export interface Parameter {
  readonly name: string;
  readonly shape: string;
  readonly required: boolean;
  /** Of a list: how many members it may have; undefined for what is no list. */
  readonly list: number | undefined;
}

export function parametersOf(operation: string): readonly Parameter[] {
  return (parameters[operation] ?? "").split(" ").flatMap((text) => {
    const [, name, list, shape, required] = /^(\w+)(?:\[(\d*)\])?:(\w+)(!?)$/.exec(text) ?? [];
    if (name === undefined || shape === undefined) return [];
    return [
      { name, shape, required: required === "!", list: list === undefined ? undefined : Number(list || Infinity) },
    ];
  });
}

const document = (kind: "trust" | "identity") =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement:
      kind === "trust"
        ? { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }
        : { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
  });

/** A value that the shape allows. */
export function sample(accountId: string, operation: string, name: string, shape: string): string {
  const { type, enum: words = [], min } = shapes[shape] ?? { type: "string" };
  if (words[0] !== undefined) return words[0];
  if (type === "integer") return String(min ?? 1);
  if (type === "boolean") return "false";
  if (name === "PolicySourceArn") return `arn:aws:iam::${accountId}:user/none`;
  const samples: Readonly<Record<string, string>> = {
    accessKeyIdType: "AKIA0000000000000000",
    arnType: `arn:aws:iam::${accountId}:policy/none`,
    authenticationCodeType: "123456",
    passwordType: "Correct-Horse-1!",
    pathPrefixType: "/",
    pathType: "/",
    policyPathType: "/",
    policyDocumentType: document(/AssumeRole/.test(`${operation}${name}`) ? "trust" : "identity"),
    policyVersionIdType: "v1",
    serialNumberType: `arn:aws:iam::${accountId}:mfa/none`,
    thumbprintType: "6938fd4d98bab03faadb97b34396831e3780aea1",
    ActionNameType: "s3:GetObject",
    OpenIDConnectProviderUrlType: "https://issuer.example",
  };
  return samples[shape] ?? "sample";
}

export const fieldName = ({ name, list }: Parameter, at = 1) => (list === undefined ? name : `${name}.member.${at}`);

/** Tags have two parts. */
export function requiredFields(accountId: string, operation: string, but = ""): readonly (readonly [string, string])[] {
  return parametersOf(operation)
    .filter(({ name, required }) => required && name !== but)
    .flatMap((parameter): readonly (readonly [string, string])[] =>
      parameter.shape === "Tag"
        ? [["Tags.member.1.Key", "k"], ["Tags.member.1.Value", "v"]] // prettier-ignore
        : [[fieldName(parameter), sample(accountId, operation, parameter.name, parameter.shape)]],
    );
}
