import type { CommandDefinition, OptionDefinition } from "../command-line/definition.ts";
import { providerNames } from "./providers.ts";

/** The options of every command that talks to a service. */
export const serviceOptions = [
  { name: "access-key", value: "KEY", summary: "AWS access key ID" },
  { name: "secret-key", value: "KEY", summary: "AWS secret access key" },
  { name: "session-token", value: "TOKEN", summary: "AWS session token" },
  {
    name: "endpoint-url",
    value: "URL",
    summary: "endpoint of S3, IAM and STS; with --local, which of several gateways",
  },
  { name: "iam-endpoint-url", value: "URL", summary: "endpoint of IAM, when it is another" },
  { name: "sts-endpoint-url", value: "URL", summary: "endpoint of STS, when it is another" },
  { name: "auth", short: "a", value: "FILE", summary: "JSON or INI file with credentials, - for standard input" },
  { name: "profile", value: "NAME", summary: "profile of the shared AWS configuration files" },
  { name: "region", value: "REGION", summary: "region of the service" },
  {
    name: "provider",
    value: "NAME",
    choices: providerNames,
    summary: "the kind of service, so that what it cannot do is refused before anything is done",
  },
  { name: "local", summary: "talk to the gateway that `s3-credentials serve` runs on this machine, as its admin" },
] as const satisfies readonly OptionDefinition[];

/** All options a command takes. */
export function optionsOf(definition: CommandDefinition): readonly OptionDefinition[] {
  return definition.service ? [...definition.options, ...serviceOptions] : definition.options;
}
