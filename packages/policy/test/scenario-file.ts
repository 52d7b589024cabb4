/**
 * The form of `cases/*.json`: what a page of the AWS documentation promises, as policies, a request and an outcome.
 * Only types and `node:fs` here, so that the coverage page can be written without the package.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LayerName, Principal } from "../src/model/request.ts";
import type { PolicyKind } from "../src/model/policy.ts";

/** A whole document, or its statement or statements in short: version 2012-10-17 then. */
export type WrittenDocument = Readonly<Record<string, unknown>> | readonly Readonly<Record<string, unknown>>[];

export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface WrittenPolicies {
  readonly identity?: readonly WrittenDocument[];
  readonly boundary?: WrittenDocument | null;
  /** One list for each session of the stack. */
  readonly session?: readonly (readonly WrittenDocument[])[];
  readonly resource?: WrittenDocument | null;
  readonly trust?: WrittenDocument | null;
  /** One document for each level; every level must allow. */
  readonly guardrails?: readonly WrittenDocument[];
}

/** What is left out is: the user of the home account, `s3:GetObject`, object `k` of bucket `b`, the home account. */
export interface WrittenRequest {
  /** A name from the runner's table of principals, or a principal. */
  readonly principal?: string | Principal;
  readonly action?: string;
  readonly resource?: string;
  /** Null for actions without a resource. */
  readonly resourceAccount?: string | null;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** `allow identity`, `implicit-deny boundary`, `explicit-deny resource`: reason and deciding layer. */
export type Outcome = `${"allow" | "explicit-deny" | "implicit-deny"} ${LayerName}`;

interface About {
  /** A short id; scenarios of one rule are counted together. */
  readonly rule: string;
  /** Where the expectation comes from; the file's page when left out. */
  readonly page?: string;
  readonly what: string;
  /** The page leaves this open: the expectation is this project's choice; where it is written, or why. */
  readonly open?: string;
}

export interface DecisionScenario extends About {
  readonly policies?: WrittenPolicies;
  /** In place of `policies`: the condition of one identity statement about everything, */
  readonly if?: ConditionBlock;
  /** with this effect (a Deny stands beside an Allow of everything) */
  readonly effect?: "Allow" | "Deny";
  /** and this version. */
  readonly version?: "2012-10-17" | "2008-10-17";
  readonly request?: WrittenRequest;
  readonly expect: Outcome;
  /** The engine answers otherwise than the page: its answer, and why. */
  readonly differs?: { readonly ours: Outcome | Refusal; readonly why: string };
}

export interface Refusal {
  readonly kind: PolicyKind;
  readonly code: string;
}

export interface RefusalScenario extends About {
  /** The document as it is, or, where JSON itself is the matter, its text. */
  readonly document?: unknown;
  readonly text?: string;
  readonly refused: Refusal;
  /** The page refuses the document and the parser takes it. */
  readonly differs?: { readonly ours: "accepted"; readonly why: string };
}

/** A document that must be taken as it is. */
export interface AcceptedScenario extends About {
  readonly document: unknown;
  readonly accepted: PolicyKind;
  readonly differs?: { readonly ours: Refusal; readonly why: string };
}

export type Scenario = DecisionScenario | RefusalScenario | AcceptedScenario;

export interface ScenarioFile {
  readonly subject: string;
  readonly page: string;
  readonly scenarios: readonly Scenario[];
}

/** All files of the folder in the order of their names. */
export function readScenarioFiles(folder: string): readonly (ScenarioFile & { readonly name: string })[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => {
      const { subject, page, scenarios } = JSON.parse(readFileSync(join(folder, name), "utf8")) as ScenarioFile;
      return { name, subject, page, scenarios };
    });
}

/** The policies of a scenario with its `if` written out. */
export function policiesOf({ policies, if: condition, effect = "Allow", version }: DecisionScenario): WrittenPolicies {
  if (condition === undefined) return policies ?? {};
  const everything = { Effect: "Allow", Action: "*", Resource: "*" };
  const statement = { ...everything, Effect: effect, Condition: condition };
  const statements = effect === "Deny" ? [everything, statement] : [statement];
  return { ...policies, identity: [{ Version: version ?? "2012-10-17", Statement: statements }] };
}

/** A statement or a list of them becomes a document; one with `Statement` or `Version` is one already. */
export function documentOf(written: WrittenDocument): Readonly<Record<string, unknown>> {
  if (!Array.isArray(written) && ("Statement" in written || "Version" in written))
    return written as Readonly<Record<string, unknown>>;
  return { Version: "2012-10-17", Statement: written };
}
