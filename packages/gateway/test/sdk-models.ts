import * as accessAnalyzer from "@aws-sdk/client-accessanalyzer";
import * as account from "@aws-sdk/client-account";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as iam from "@aws-sdk/client-iam";
import * as organizations from "@aws-sdk/client-organizations";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";

/** The operation models that the SDK carries, and inputs made from them. */

const modules: Readonly<Record<Service, Readonly<Record<string, unknown>>>> = {
  s3,
  iam,
  sts,
  organizations,
  account,
  "access-analyzer": accessAnalyzer,
  cloudtrail,
};
export type Service = "s3" | "iam" | "sts" | "organizations" | "account" | "access-analyzer" | "cloudtrail";

type Schema = readonly unknown[] | number;
interface Member {
  readonly name: string;
  readonly schema: Schema;
  readonly traits: Readonly<Record<string, unknown>>;
  readonly required: boolean;
}

const called = (value: unknown): unknown => (typeof value === "function" ? (value as () => unknown)() : value);

/** A schema by itself, or a pair of one and its traits. */
function withTraits(given: unknown): Pick<Member, "schema" | "traits"> {
  const value = called(given) as Schema;
  const isPair = Array.isArray(value) && !(typeof value[0] === "number" && typeof value[1] === "string");
  if (!isPair) return { schema: value, traits: {} };
  const [schema, traits] = value as readonly unknown[];
  return { schema: called(schema) as Schema, traits: (typeof traits === "object" ? traits : {}) as Member["traits"] };
}

/** A structure, or a union of which one member is sent. */
const isStructure = (schema: Schema): schema is readonly unknown[] =>
  Array.isArray(schema) && (schema[0] === 3 || schema[0] === 4);

function membersOf(structure: Schema): readonly Member[] {
  if (!isStructure(structure)) return [];
  const [names, schemas, required] = structure.slice(4) as [readonly string[], readonly unknown[], number | undefined];
  return names.map((name, at) => ({ name, ...withTraits(schemas[at]), required: at < (required ?? 0) }));
}

/** A value that is not the default, for a member that takes any. */
function sample(schema: Schema, name: string, path: readonly string[]): unknown {
  if (schema === 1) return 1;
  if (schema === 2) return true;
  if (typeof schema === "number" && schema >= 4 && schema <= 7) return new Date(0);
  if (typeof schema === "number" && schema >= 128) return { name: "value" };
  if (typeof schema === "number" && schema >= 64) return [sample(schema - 64, name, path)];
  if (isStructure(schema)) return inputOf(schema, path);
  if (Array.isArray(schema) && schema[0] === 1) return [sample(withTraits(schema[4]).schema, name, path)];
  return samples[name] ?? "a-value-of-20-letters";
}

/** Where a bucket is there, it has this name. */
export const sampleBucket = "sample-bucket";

const samples: Readonly<Record<string, string>> = {
  Bucket: sampleBucket,
  CopySource: `${sampleBucket}/key`,
  RoleArn: "arn:aws:iam::123456789012:role/a",
  Policy: "{}",
};

/** An input with the required members, and those on the path of wire names. */
function inputOf(structure: Schema, path: readonly string[]): Readonly<Record<string, unknown>> {
  const members = membersOf(structure);
  const [next, ...rest] = path;
  const asked = members.filter(({ name, traits, required }) => required || wireName(name, traits) === next);
  // A structure without members would not be sent.
  return Object.fromEntries(
    (asked.length === 0 ? members.slice(0, 1) : asked).map(({ name, schema, traits }) => {
      const wire = wireName(name, traits);
      // A flattened list is one element for each item; else the items are elements of the list's.
      const inside = traits["xmlFlattened"] === undefined && Array.isArray(schema) && schema[0] === 1;
      return [name, sample(schema, name, wire === next ? (inside ? rest.slice(1) : rest) : [])];
    }),
  );
}

function wireName(name: string, traits: Member["traits"]): string {
  const { httpHeader, httpPrefixHeaders, httpQuery, xmlName } = traits;
  if (typeof httpHeader === "string") return httpHeader.toLowerCase();
  if (typeof httpPrefixHeaders === "string") return `${httpPrefixHeaders.toLowerCase()}*`;
  return typeof httpQuery === "string" ? `?${httpQuery}` : typeof xmlName === "string" ? xmlName : name;
}

export interface SdkCommand {
  readonly name: string;
  /** A command with what is required of it, and one member more (see `modelled-members.ts`). */
  readonly withMember: (member: string) => unknown;
}

export function sdkCommand(service: Service, name: string): SdkCommand {
  const exported = modules[service];
  const Command = exported[`${name}Command`] as new (input: object) => unknown;
  const input = withTraits((exported[`${name}$`] as readonly unknown[])[4]).schema;
  const document = membersOf(input).find(({ traits }) => traits["httpPayload"] !== undefined);
  return {
    name,
    withMember(member) {
      if (!member.startsWith("/")) return new Command(inputOf(input, [member]));
      if (document === undefined) throw new Error(`${name} has no document`);
      return new Command(inputOf(input, [wireName(document.name, document.traits), ...member.slice(1).split("/")]));
    },
  };
}
