import type { S3Client } from "@aws-sdk/client-s3";
import {
  type Access,
  accessData,
  accessMap as mapOf,
  accessMapCsv,
  type AccessMapQuestion,
  type AccessMapRow,
  isKnownAction,
  accountPrincipals,
  type ResourceLayers,
  noResourceLayers,
  resourceOf,
  usualBucketActions,
  witnessText,
} from "@s3-credentials/policy";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  listOption,
  type OptionValues,
  positional,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { askedConnection } from "../explain/gather-policies.ts";
import { fromPlain } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { readContext } from "../input/access-question.ts";
import { checkBuckets } from "../input/bucket-options.ts";
import { describeError, failedWith } from "../output/errors.ts";
import { accountDetails } from "../service/account-details.ts";
import { accessIn, bucketFacts } from "../service/bucket-access.ts";
import { requireCallerAccount } from "../service/caller.ts";
import { iamClient, regionOf } from "../service/clients.ts";
import { controlPolicies, organizationProfileOption } from "../service/control-policies.ts";
import { partitionOf } from "../service/partition.ts";

const formats = ["text", "json", "csv"] as const;

const definition = {
  name: "access-map",
  summary: "Show who may do what in a bucket: every user and role, other accounts and everyone, by actions",
  arguments: [{ name: "BUCKET", summary: "the bucket" }],
  options: [
    {
      name: "actions",
      value: "ACTIONS",
      offered: "actions",
      repeatable: true,
      summary: "the columns, with commas between them, such as s3:GetObject,s3:PutObject",
    },
    { name: "prefix", value: "PREFIX", summary: "of objects whose keys begin so" },
    { name: "key", value: "KEY", summary: "of one object" },
    { name: "context", value: "KEY=VALUE", repeatable: true, summary: "condition key that every request has" },
    { name: "details", summary: "below the map, what each ? and ~ depends on, with a request for and one against" },
    organizationProfileOption,
    { name: "format", value: "FORMAT", choices: formats, default: "text", summary: "text, json or csv" },
  ],
  service: true,
  example: "s3-credentials access-map my-bucket --prefix reports/",
} as const satisfies CommandDefinition;

async function run(context: Context, invocation: Invocation): Promise<number> {
  const { options } = invocation;
  const bucket = positional(invocation, 0);
  checkBuckets([bucket]);
  const connection = await askedConnection(context, options);
  const account = await requireCallerAccount(connection);
  const { controls, notCounted } = await controlPolicies(context, options, connection, account);
  const question: AccessMapQuestion = {
    bucket,
    keys: keysOf(options),
    account,
    partition: partitionOf(regionOf(connection)),
    actions: actionsOf(options),
    now: new Date(),
    controls,
    context: Object.fromEntries(readContext(listOption(options, "context"))),
  };
  const details = await accountDetails(await iamClient(connection));
  const said = new Set<string>();
  const say = (line: string): void => {
    if (!said.has(line)) context.say(line);
    said.add(line);
  };
  if (notCounted !== undefined) say(notCounted);
  const facts = await bucketFacts(connection, { bucket, account }, say);
  await requireOwnBucket(facts.s3, bucket, account);
  const layers = new Map<string, ResourceLayers>();
  for (const action of question.actions)
    layers.set(action, await accessIn(facts, { action, resource: resourceOf(action, question), account }, say));
  const rows = mapOf(question, accountPrincipals(details), (action) => layers.get(action) ?? noResourceLayers);
  await writers[textOption(options, "format") as (typeof formats)[number]](rows, question, options, context);
  return 0;
}

/** INVARIANT: a bucket of another account has no map, because its own users and roles are in an account that cannot be read here. */
async function requireOwnBucket(s3: S3Client, Bucket: string, account: string): Promise<void> {
  const { GetBucketPolicyCommand } = await import("@aws-sdk/client-s3");
  try {
    await s3.send(new GetBucketPolicyCommand({ Bucket, ExpectedBucketOwner: account }));
  } catch (error) {
    if (failedWith(error, "NoSuchBucketPolicy")) return;
    if (failedWith(error, "NoSuchBucket"))
      throw new CommandError(`there is no bucket ${Bucket}; check the name; list-buckets shows what is there`);
    throw new CommandError(
      `the policy of ${Bucket} cannot be read: ${describeError(error)}. The map needs s3:GetBucketPolicy, and a bucket of account ${account}`,
      { cause: error },
    );
  }
}

function keysOf(options: OptionValues): string {
  const [prefix, key] = [textOption(options, "prefix"), textOption(options, "key")];
  if (prefix !== undefined && key !== undefined) throw new UsageError("--prefix and --key cannot be used together");
  for (const [name, value = ""] of [["prefix", prefix] as const, ["key", key] as const])
    if (/[*?]/.test(value)) throw new UsageError(`--${name} is taken as it is written: leave out * and ?`);
  return key ?? `${prefix ?? ""}*`;
}

function actionsOf(options: OptionValues): readonly string[] {
  const asked = listOption(options, "actions").flatMap((text) => text.split(",").map((one) => one.trim()));
  for (const action of asked)
    if (!/^s3:\w+$/.test(action) || !isKnownAction(action))
      throw new UsageError(`${action} is not an action of S3, such as s3:GetObject`);
  return asked.length === 0 ? usualBucketActions : [...new Set(asked)];
}

type Writer = (
  rows: Iterable<AccessMapRow>,
  question: AccessMapQuestion,
  options: OptionValues,
  context: Context,
) => Promise<void>;

const marks: Readonly<Record<Access["answer"], string>> = { always: "yes", never: "-", depends: "~", unknown: "?" };

const writers: Readonly<Record<(typeof formats)[number], Writer>> = {
  /** Columns as wide as the names of the actions; who it is comes last, because an ARN may be long. */
  async text(rows, { actions }, options, { print, shown, say }) {
    const names = actions.map((action) => action.replace("s3:", ""));
    const line = (cells: readonly string[], who: string): string =>
      `${cells.map((cell, at) => cell.padEnd((names[at] ?? "").length)).join("  ")}  ${who}\n`;
    say(
      "yes: always; -: never; ~: depends on the request; ?: cannot be decided; --details says why. Root users are not in the map.",
    );
    await print(`${line(names, "").trimEnd()}\n`);
    const more: string[] = [];
    for (const { who, cells } of rows) {
      await print(
        line(
          cells.map(({ answer }) => marks[answer]),
          shown(who),
        ),
      );
      more.push(...cells.flatMap((cell, at) => detailsOf(who, actions[at] ?? "", cell)));
    }
    if (hasOption(options, "details")) for (const one of more) await print(`${shown(one)}\n`);
  },
  async json(rows, { actions }, _options, { print }) {
    for (const { who, cells } of rows) {
      const access = Object.fromEntries(cells.map((cell, at) => [actions[at] ?? "", accessData(cell)]));
      await print(`${dumps(fromPlain({ Principal: who, Access: access }))}\n`);
    }
  },
  async csv(rows, { actions }, _options, { print, shown }) {
    const safe = function* (): Generator<AccessMapRow> {
      for (const row of rows) yield { ...row, who: shown(row.who) };
    };
    for (const line of accessMapCsv(actions, safe())) await print(line);
  },
};

function detailsOf(who: string, action: string, cell: Access): readonly string[] {
  if (cell.answer === "unknown") return [`${who} ${action}: ${cell.construct} cannot be decided`];
  if (cell.answer !== "depends") return [];
  return [
    `${who} ${action}: depends on ${cell.on.join(", ")}`,
    `  allowed: ${witnessText(cell.allowed, cell.on)}`,
    `  refused: ${witnessText(cell.refused, cell.on)}`,
  ];
}

export const accessMap: Command = { definition, run };
