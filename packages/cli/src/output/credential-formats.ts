import { jsonObject, type JsonObject, textField } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { dotenvQuoted, powershellQuoted, sectionName, shellQuoted } from "./quoting.ts";

type Format = (credentials: JsonObject, place: ServicePlace) => string;

/** The forms credentials are printed in, each as its readers want it. */
export const credentialFormats = {
  json: (credentials) => dumps(credentials, 4),
  ini: (credentials) => profileSection("default", credentials),
  env: (credentials, place) => variables(credentials, place, (name, value) => `export ${name}=${shellQuoted(value)}`),
  dotenv: (credentials, place) =>
    variables(credentials, place, (name, value) => `${name}=${dotenvQuoted(name, value)}`),
  powershell: (credentials, place) =>
    variables(credentials, place, (name, value) => `$Env:${name} = ${powershellQuoted(value)}`),
  "credential-process": (credentials) => dumps(processForm(credentials), 4),
  profile: (credentials, place) =>
    profileSection(textField(credentials, "UserName") || "s3-credentials", credentials, place),
} as const satisfies Record<string, Format>;

export type CredentialFormat = keyof typeof credentialFormats;

export const credentialFormatNames = Object.keys(credentialFormats);

/** With a line break at its end. An unknown name is `json`: the parser lets only known ones through. */
export function formatCredentials(credentials: JsonObject, format: string | undefined, place: ServicePlace): string {
  const chosen = credentialFormatNames.includes(format ?? "") ? (format as CredentialFormat) : "json";
  return `${credentialFormats[chosen](credentials, place)}\n`;
}

/** Name and value of the environment variables every AWS tool reads. */
export function environmentOf(credentials: JsonObject): Readonly<Record<string, string>> {
  const token = textField(credentials, "SessionToken");
  return {
    AWS_ACCESS_KEY_ID: textField(credentials, "AccessKeyId"),
    AWS_SECRET_ACCESS_KEY: textField(credentials, "SecretAccessKey"),
    ...(token === "" ? {} : { AWS_SESSION_TOKEN: token }),
  };
}

function variables(
  credentials: JsonObject,
  place: ServicePlace,
  line: (name: string, value: string) => string,
): string {
  return Object.entries({ ...environmentOf(credentials), ...place.variables })
    .map(([name, value]) => line(name, value))
    .join("\n");
}

/** A section of the shared credentials file. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
function profileSection(name: string, credentials: JsonObject, place: ServicePlace = amazon): string {
  const entries = Object.entries(profileSettings(credentials, place));
  return [`[${sectionName(name)}]`, ...entries.map(([setting, value]) => `${setting}=${value}`)].join("\n");
}

/** The settings of a profile with these credentials. */
export function profileSettings(credentials: JsonObject, place: ServicePlace): Readonly<Record<string, string>> {
  const keys = Object.entries(environmentOf(credentials)).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...Object.fromEntries(keys), ...place.settings };
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
export function processForm(credentials: JsonObject): JsonObject {
  const text = (name: string): string | undefined => textField(credentials, name) || undefined;
  return jsonObject({
    Version: 1,
    AccessKeyId: text("AccessKeyId"),
    SecretAccessKey: text("SecretAccessKey"),
    SessionToken: text("SessionToken"),
    Expiration: zuluTime(text("Expiration")),
  });
}

/** Readers in several languages parse the letter and no offset. https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
function zuluTime(text: string | undefined): string | undefined {
  return text?.replace(" ", "T").replace(/[+-]00:00$/, "Z");
}

/** The endpoint and region for these credentials, as each format writes them; empty for AWS, which every tool knows. */
export interface ServicePlace {
  /** Environment variables. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
  readonly variables: Readonly<Record<string, string>>;
  /** Settings of a profile. */
  readonly settings: Readonly<Record<string, string>>;
}

export const amazon: ServicePlace = { variables: {}, settings: {} };
