import { createInterface } from "node:readline/promises";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";
import { checkSettings } from "../configuration/check-settings.ts";
import type { Change } from "../configuration/change.ts";
import { type Configuration, entityText } from "../configuration/configuration.ts";
import { mapAccount } from "../configuration/map-account.ts";
import { perform, removalChanges } from "../configuration/perform.ts";
import { withoutOrganization } from "../configuration/plan-changes.ts";
import { prepare, type Prepared } from "../configuration/prepare.ts";
import { type Problem, problemLine, readDirectory } from "../configuration/read-directory.ts";
import {
  openPlace,
  type Place,
  policyVersions,
  readService,
  type ServiceState,
} from "../configuration/read-service.ts";
import { arnOf } from "../configuration/references.ts";
import { isWidening, shownJson, shownText } from "../configuration/render.ts";
import { inspectRole, inspectUser, type InspectedIdentity } from "../plan/delete-identity.ts";
import { controlPolicies, organizationProfileOption } from "../service/control-policies.ts";
import { withoutOrganizationOption } from "./export.ts";

const definition = {
  name: "apply",
  summary:
    "Make the account what a folder says that export wrote: print what changes and whose rights grow, ask, then do it or undo it all",
  arguments: [],
  options: [
    { name: "file", short: "f", value: "DIR", summary: "the folder" },
    {
      name: "account-id",
      value: "ID",
      summary: "another account than the folder's: ARNs of the folder's account become those of this one",
    },
    { name: "prune", summary: "delete what the folder does not have; accounts are never closed" },
    { name: "dry-run", summary: "print what would be done; exit 4 when there is anything to do" },
    { name: "refuse-widening", summary: "exit 1, with nothing done, when rights grow or that is not decided" },
    { name: "yes", short: "y", summary: "do not ask; also delete users that have keys or a password" },
    withoutOrganizationOption,
    organizationProfileOption,
    {
      name: "format",
      value: "FORMAT",
      choices: ["text", "json"],
      default: "text",
      summary: "form of what would be done",
    },
  ],
  service: true,
  handlesInterrupt: true,
  example: "s3-credentials apply -f account/ --dry-run --local",
} as const satisfies CommandDefinition;

/** There is something to change. */
const changesExit = 4;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const directory = textOption(options, "file");
  if (directory === undefined) throw new UsageError("say which folder to apply: -f DIR");
  const read = readDirectory(directory);
  if ("problems" in read) throw refused(directory, read.problems);
  const wrong = await checkSettings(read);
  if (wrong.length > 0) throw refused(directory, wrong);
  const place = await openPlace(context, options);
  const mapped = mapAccount(read, accountOf(options, read, place));
  const organization = !hasOption(options, "without-organization");
  const wanted = organization ? mapped : withoutOrganization(mapped);
  const state = await readService(place, organization);
  const { controls, notCounted } = await controlPolicies(context, options, place.connection, place.account);
  const prepared = await prepare(place, state, wanted, { prune: hasOption(options, "prune"), controls });
  if ("problems" in prepared) throw refused(directory, prepared.problems);
  const { changes, identities, last } = await workOf(place, prepared);
  const shown = { ...prepared, changes: [...changes, ...last], identities, notCounted };
  const json = textOption(options, "format") === "json";
  await context.print(json ? shownJson(shown) : shownText(shown, context.shown));
  const isNothing = shown.changes.length === 0 && identities.length === 0;
  const widening = prepared.verdicts.filter(isWidening).map(({ of }) => of);
  if (hasOption(options, "refuse-widening") && widening.length > 0)
    throw new CommandError(`nothing was done, because rights grow or that is not decided: ${widening.join(", ")}`);
  if (hasOption(options, "dry-run")) return isNothing ? 0 : changesExit;
  if (isNothing) return 0;
  await agree(context, options, identities);
  await refuseChanged(place, state, organization);
  const ids = new Map(state.organization?.ids);
  const report = (line: string): void => context.say(`Done: ${context.shown(line)}`);
  await perform(place, { changes, identities, last }, { ids, signal: context.signal, report });
  return 0;
}

/** Everything that is wrong, each on a line of its own. */
function refused(directory: string, problems: readonly Problem[]): CommandError {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new CommandError(`nothing was done: ${directory} has ${count}, as the lines above say`, {
    details: problems.map(problemLine),
  });
}

function accountOf(options: OptionValues, { account }: Configuration, place: Place): string {
  const named = textOption(options, "account-id");
  if (named !== undefined && named !== place.account)
    throw new UsageError(`these credentials are of account ${place.account}, and --account-id is ${named}`);
  if (named === undefined && account !== place.account)
    throw new UsageError(
      `the folder is of account ${account}, and these credentials are of account ${place.account}; to apply it there, add --account-id ${place.account}`,
    );
  return place.account;
}

async function workOf(place: Place, { before, removed, ...prepared }: Prepared) {
  const { iam, provider } = place.services;
  const identities: InspectedIdentity[] = [];
  const groups: Change[] = [];
  const policies: Change[] = [];
  for (const entity of removed) {
    const { kind, name } = entity;
    const arn = arnOf(before, entity);
    if (kind === "groups") groups.push(...removalChanges(entity, arn, []));
    if (kind === "users") identities.push(await inspectUser(iam, name, provider));
    if (kind === "roles") identities.push(await inspectRole(iam, name));
    if (kind === "policies") {
      const versions = (await policyVersions(place.services, [arn])).get(arn);
      const others = versions?.ids.filter((id) => id !== versions.current) ?? [];
      policies.push(...removalChanges(entity, arn, others));
    }
  }
  return {
    changes: [...prepared.changes, ...groups],
    identities,
    last: [...policies, ...prepared.lastChanges],
  };
}

async function agree(context: Context, options: OptionValues, identities: readonly InspectedIdentity[]): Promise<void> {
  if (hasOption(options, "yes")) return;
  const inUse = identities.filter(
    ({ humanIndicators, attachments }) =>
      humanIndicators.length > 0 || attachments.some(({ what }) => what.startsWith("access key")),
  );
  if (inUse.length > 0)
    throw new CommandError(
      `nothing was done: ${inUse.map(({ name }) => name).join(", ")} would be deleted and has a key or a password; add --yes`,
    );
  const input = context.takeStdin("the question whether to do it");
  if (!("isTTY" in input) || input.isTTY !== true || context.stderr.isTTY !== true)
    throw new UsageError("nothing was done: there is no terminal to ask at; add --yes, or --dry-run to look only");
  const asking = createInterface({ input, output: context.stderr });
  try {
    const answer = await asking.question("Do this? Only yes does it: ", { signal: context.signal });
    if (answer.trim() !== "yes") throw new CommandError("nothing was done");
  } finally {
    asking.close();
  }
}

/** What was shown is what is done: nobody has changed anything meanwhile. */
async function refuseChanged(place: Place, state: ServiceState, organization: boolean): Promise<void> {
  const { configuration } = await readService(place, organization);
  const text = ({ entities }: Configuration): string => [...entities.values()].map(entityText).join("");
  if (text(configuration) !== text(state.configuration))
    throw new CommandError(
      "nothing was done: the account has changed since it was read; run the command again to see what would be done now",
    );
}

export const apply: Command = { definition, run };
