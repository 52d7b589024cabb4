/** The identity providers that the console offers: the file of `--console-oidc`. */
import { isRecord } from "@s3-credentials/policy/parse";
import { readFileSync, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { NotFetched } from "../federation/fetch-document.ts";
import type { SecretOf } from "../federation/oidc-sign-in.ts";
import type { SignInProvider } from "../ports/oidc-sign-in.ts";
import { StoreError } from "../ports/store-error.ts";
import { fileFault } from "./file-fault.ts";
import { checkedObject, type Fault, readJsonFile } from "./json-file.ts";
import { refuseOpenFile, Unfit } from "./private-file.ts";

const members = ["name", "title", "account", "issuer", "clientId", "clientSecretFile", "scopes"] as const;

interface Read {
  readonly provider: SignInProvider;
  /** Undefined: the provider gave the console no secret; PKCE alone binds the code to it. */
  readonly secretFile: string | undefined;
}

/** Throws with the member at fault, when a secret cannot be read too; what a file holds is not printed. */
export function readConsoleProviders(file: string | undefined): {
  readonly providers: readonly SignInProvider[];
  readonly secretOf: SecretOf;
} {
  const read = file === undefined ? [] : readProviders(file);
  const secretFiles = new Map(read.map(({ provider, secretFile }) => [provider.name, secretFile]));
  return {
    providers: read.map(({ provider }) => provider),
    // Read for each sign-in, so that a new secret needs no restart.
    async secretOf({ name }) {
      const secretFile = secretFiles.get(name);
      try {
        if (secretFile === undefined) return undefined;
        refuseOpenFile(await stat(secretFile), secretFile);
        return secretIn(await readFile(secretFile, "utf8"));
      } catch {
        throw new NotFetched("the operator of the console has to mend the file of its client secret");
      }
    },
  };
}

function readProviders(file: string): readonly Read[] {
  const fail = (why: string): never => {
    throw new StoreError("conflict", `cannot use --console-oidc ${file}: ${why}; see docs/guide/federation.md`);
  };
  const document = readJsonFile(file, fail);
  const { providers, ...more } = isRecord(document) ? document : fail("it is not a JSON object");
  for (const name of Object.keys(more)) return fail(`it has ${JSON.stringify(name)}, and knows providers`);
  if (!Array.isArray(providers) || providers.length === 0) return fail("providers is not a list of at least one");
  const read = providers.map((one: unknown, index) => {
    const fault: Fault = (member, why) => fail(`providers[${index}].${member}: ${why}`);
    return readProvider(checkedObject(one, members, fault), dirname(file), fault);
  });
  const names = read.map(({ provider }) => provider.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? read : fail(`two providers have the name ${twice}`);
}

function readProvider(given: Readonly<Record<string, unknown>>, folder: string, fault: Fault): Read {
  const text = (member: (typeof members)[number], otherwise?: string): string => {
    const value = given[member] ?? otherwise;
    if (typeof value !== "string" || value === "")
      return fault(member, value === undefined ? "it is missing" : "it is not a text");
    return value;
  };
  const name = text("name");
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) return fault("name", "give up to 32 of a-z, 0-9 and -");
  const title = text("title", name);
  if (!/^[^\p{Cc}]{1,64}$/u.test(title)) return fault("title", "give up to 64 characters");
  const accountId = text("account");
  if (!/^\d{12}$/.test(accountId)) return fault("account", "it is not the id of an account, a text of 12 digits");
  const issuer = text("issuer");
  if (!/^https:\/\/[\x21-\x7e]{1,255}$/.test(issuer) || !URL.canParse(issuer))
    return fault("issuer", "it is not a URL with https; give what its tokens have as iss");
  const clientId = text("clientId");
  if (!/^[\x21-\x7e]{1,255}$/.test(clientId)) return fault("clientId", "it has characters that no client ID has");
  const scopes = given["scopes"] ?? [];
  const areScopes = (list: unknown): list is string[] =>
    Array.isArray(list) &&
    list.every((one) => typeof one === "string" && /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(one));
  if (!areScopes(scopes)) return fault("scopes", 'it is not a list of scopes, such as ["email"]');
  const secretFile = given["clientSecretFile"] === undefined ? undefined : resolve(folder, text("clientSecretFile"));
  if (secretFile !== undefined) checkSecret(secretFile, fault);
  const provider = { name, title, accountId, issuer, clientId, scopes: scopes.filter((one) => one !== "openid") };
  return { provider, secretFile };
}

function checkSecret(file: string, fault: Fault): void {
  try {
    refuseOpenFile(statSync(file), file);
    secretIn(readFileSync(file, "utf8"));
  } catch (error) {
    const why = error instanceof Unfit ? error.message : `${fileFault(error)}; give a file with the secret`;
    fault("clientSecretFile", `cannot use ${file}: ${why}`);
  }
}

/** The first line. */
function secretIn(text: string): string {
  const [secret = ""] = text.split(/\r?\n/);
  if (!/^[\x20-\x7e]{1,1024}$/.test(secret)) throw new Unfit("its first line is no client secret");
  return secret;
}
