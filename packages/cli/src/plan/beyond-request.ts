import {
  type CatalogAction,
  catalogServices,
  decide,
  isAllowed,
  type Layers,
  matchAction,
  type NamedProgram,
  principalContext,
  type Principal,
  serviceActions,
  type Statement,
} from "@s3-credentials/policy";

/** A user with every policy that decides for it, except those that the request writes. */
export interface ExistingRights {
  readonly principal: Principal;
  /** Its policies that are kept. */
  readonly others: readonly NamedProgram[];
  readonly boundary: Layers["boundary"];
}

/** Replaces the part of a name that a pattern leaves open. No request asks for this name. */
const free = "s3-credentials-any";

/**
 * Describes what the kept policies allow and the requested policies do not, with one line for each statement. The policy engine decides
 * example requests: they are allowed by all policies and the boundary together, and not by the requested policies alone. A line says when
 * its statement has conditions, because whether those hold depends on the request.
 */
export function beyondRequest(rights: ExistingRights, asked: readonly NamedProgram[]): readonly string[] {
  return rights.others.flatMap(({ name, program }) => {
    if (program === "unreadable") return [`policy ${name} cannot be read, so the service denies everything`];
    return program.source.statements.flatMap((statement) => {
      if (statement.effect !== "Allow") return [];
      const beyond = witnesses(statement, rights.principal).filter((witness) =>
        isBeyond(witness, statement, rights, asked),
      );
      return beyond.length === 0 ? [] : [lineOf(statement, beyond, name)];
    });
  });
}

interface Witness {
  readonly action: string;
  readonly resource: string;
  /** How the statement writes them. */
  readonly writtenAction: string;
  readonly writtenResource: string;
}

function isBeyond(
  witness: Witness,
  statement: Statement,
  rights: ExistingRights,
  asked: readonly NamedProgram[],
): boolean {
  const { principal, others, boundary } = rights;
  const account = "accountId" in principal ? principal.accountId : undefined;
  const own = principalContext(principal);
  const now = new Date().toISOString();
  const context = (key: string) => (key.toLowerCase() === "aws:currenttime" ? now : own.get(key.toLowerCase()));
  const request = { principal, action: witness.action, resource: witness.resource, resourceAccount: account, context };
  const allowed = (identity: readonly NamedProgram[], limit: Layers["boundary"]) =>
    isAllowed(decide({ guardrails: [], identity, boundary: limit, sessions: [], resource: "none" }, request));
  if (allowed(asked, "none")) return false;
  if (isConditional(statement)) return boundary === "none" || allowed([boundary], "none");
  return allowed([...asked, ...others], boundary);
}

/** Whether what the statement allows depends on more than is known of a request here. */
function isConditional({ conditions, resource }: Statement): boolean {
  const known = /\$\{(aws:username|[*?$])\}/gi;
  return (
    conditions.length > 0 || resource?.patterns.some(({ text }) => text.replace(known, "").includes("${")) === true
  );
}

function witnesses(statement: Statement, principal: Principal): readonly Witness[] {
  const userName = principal.kind === "user" ? principal.userName : "";
  const resources = statement.resource;
  const texts = resources === undefined || resources.negated ? ["*"] : resources.patterns.map(({ text }) => text);
  return actionsOf(statement).flatMap(({ action, written }) =>
    texts.flatMap((text) =>
      examplesOf(text.replace(/\$\{aws:username\}/gi, userName), action).map((resource) => ({
        action: typeof action === "string" ? action : action.name,
        resource,
        writtenAction: written,
        writtenResource:
          resources?.negated === true
            ? `everything but ${resources.patterns.map((item) => item.text).join(", ")}`
            : text,
      })),
    ),
  );
}

interface WrittenAction {
  readonly action: CatalogAction | string;
  readonly written: string;
}

/** Actions of the catalog; for services that it does not have, the text of the policy itself. */
function actionsOf({ action }: Statement): readonly WrittenAction[] {
  const all = catalogServices.flatMap((service) => serviceActions(service) ?? []);
  if (action.negated) {
    const written = `everything but ${action.patterns.map(({ text }) => text).join(", ")}`;
    return all
      .filter(({ name }) => !action.patterns.some((pattern) => matchAction(pattern, name)))
      .map((item) => ({ action: item, written }));
  }
  return action.patterns.flatMap((pattern): readonly WrittenAction[] => {
    const known = all.filter(({ name }) => matchAction(pattern, name));
    if (known.length > 0) return known.map((item) => ({ action: item, written: pattern.text }));
    return [{ action: pattern.text.replace(/[*?]/g, "Any"), written: pattern.text }];
  });
}

/** Example resources that a pattern matches, of the types that the action has. */
function examplesOf(text: string, action: CatalogAction | string): readonly string[] {
  const kinds = typeof action === "string" ? [] : action.resources.map(({ arn }) => arn);
  if (text === "*")
    return kinds.length === 0
      ? ["*"]
      : kinds.map((arn) => arn.replace(/\$\{Partition\}/g, "aws").replace(/\$\{\w+\}/g, free));
  const examples = [free, `${free}/${free}`].map((name) => text.replace(/\*+$/, name).replace(/[*?]/g, free));
  if (kinds.length === 0) return [...new Set(examples)];
  return [...new Set(examples)].filter((example) => kinds.some((arn) => isOfKind(example, arn)));
}

function isOfKind(example: string, arn: string): boolean {
  const pattern = arn.split(/\$\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const last = pattern.length - 2;
  const text = pattern.map(
    (part, index) => `${part}${index > last ? "" : index === last && part.endsWith("/") ? ".+" : "[^/:]*"}`,
  );
  return new RegExp(`^${text.join("")}$`).test(example);
}

function lineOf(statement: Statement, beyond: readonly Witness[], policy: string): string {
  const actions = [...new Set(beyond.map(({ writtenAction }) => writtenAction))];
  const resources = [...new Set(beyond.map(({ writtenResource }) => writtenResource))];
  const more = actions.length > 5 ? ` and ${actions.length - 5} more` : "";
  const when = isConditional(statement) ? " under conditions" : "";
  return `${actions.slice(0, 5).join(", ")}${more} on ${resources.join(", ")}${when} (policy ${policy})`;
}
