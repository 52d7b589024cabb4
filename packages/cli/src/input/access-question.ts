import { UsageError } from "../output/failures.ts";

/** Who asks for what on what. */
export interface AccessQuestion {
  readonly principal?: string;
  readonly action: string;
  readonly resource: string;
}

/**
 * The question in an AccessDenied message, as AWS and the gateway word it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function readDenialMessage(message: string): AccessQuestion {
  const [, principal, action, resource] =
    /User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: "?([^\s"]+)"?)?/.exec(message) ?? [];
  if (principal === undefined || action === undefined)
    throw new UsageError(
      "--message is no AccessDenied message: it has the form `User: ARN is not authorized to perform: ACTION on resource: ARN …`",
    );
  return { ...(principal === "anonymous" ? {} : { principal }), action, resource: resource ?? "*" };
}

/** `--context KEY=VALUE`, several values for one key by giving it again. */
export function readContext(texts: readonly string[]): ReadonlyMap<string, string | readonly string[]> {
  const context = new Map<string, string | readonly string[]>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    if (equals < 1) throw new UsageError(`invalid --context "${text}": it is KEY=VALUE`);
    const key = text.slice(0, equals).toLowerCase();
    const value = text.slice(equals + 1);
    const before = context.get(key);
    context.set(key, before === undefined ? value : [...(typeof before === "string" ? [before] : before), value]);
  }
  return context;
}
