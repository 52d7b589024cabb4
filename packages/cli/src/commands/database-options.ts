import { type OptionDefinition, type OptionValues, textOption } from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";

/** Of commands that work on the database of gateways, as `serve` has them. */
export function databaseOptions(summary: string): readonly OptionDefinition[] {
  return [
    { name: "database", value: "URL", summary },
    { name: "database-password-file", value: "FILE", summary: "the user's password, mode 0600 ($PGPASSFILE)" },
    { name: "database-ca", value: "FILE", summary: "certificate authorities to trust for it, PEM" },
  ];
}

/** As the gateway's functions take it. */
export function databaseRequest(options: OptionValues, env: NodeJS.ProcessEnv) {
  return {
    url: textOption(options, "database"),
    passwordFile: textOption(options, "database-password-file"),
    ca: textOption(options, "database-ca"),
    env,
  };
}

/** Of what one of the gateway's functions refused. */
export function refusal({ kind, message }: { readonly kind: "refused" | "usage-error"; readonly message: string }) {
  return kind === "usage-error" ? new UsageError(message) : new CommandError(message);
}
