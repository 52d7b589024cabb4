// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html and its kin
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  type CreateOpenIDConnectProviderCommandInput,
  CreateSAMLProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from "@aws-sdk/client-iam";
import type { SigningKeys } from "@s3-credentials/protocol";
import { describe, expect, onTestFinished, test } from "vitest";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();

function iam(credentials: SigningKeys = gateway.admin): IAMClient {
  const endpoint = `http://127.0.0.1:${gateway.port}`;
  const client = new IAMClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  return client;
}

const outcome = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => "done",
    (error: unknown) => (error instanceof Error ? error.name : "?"),
  );

const arnOf = (url: string): string => `arn:aws:iam::${gateway.accountId}:oidc-provider/${url}`;
const named = (url: string) => ({ OpenIDConnectProviderArn: arnOf(url) });
const create = (url: string, more: Partial<CreateOpenIDConnectProviderCommandInput> = {}, by = iam()) =>
  by.send(new CreateOpenIDConnectProviderCommand({ Url: `https://${url}`, ...more }));
const get = (url: string) => iam().send(new GetOpenIDConnectProviderCommand(named(url)));

const thumbprint = "6938fd4d98bab03faadb97b34396831e3780aea1";

test("is made, shown, listed and deleted", async () => {
  const url = "token.example.com/tenant/1";
  const made = await create(url, {
    ClientIDList: ["sts.amazonaws.com", "app", "app"],
    ThumbprintList: [thumbprint],
    Tags: [{ Key: "Team", Value: "blue" }],
  });
  expect(made).toMatchObject({ OpenIDConnectProviderArn: arnOf(url), Tags: [{ Key: "Team", Value: "blue" }] });
  const shown = await get(url);
  expect(shown).toMatchObject({
    Url: url,
    ClientIDList: ["sts.amazonaws.com", "app"],
    ThumbprintList: [thumbprint],
    Tags: [{ Key: "Team", Value: "blue" }],
  });
  expect(Math.abs((shown.CreateDate?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  expect(await outcome(create(url))).toBe("EntityAlreadyExistsException");
  await create("a.example.com");
  const list = async () => (await iam().send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList;
  expect(await list()).toEqual([{ Arn: arnOf("a.example.com") }, { Arn: arnOf(url) }]);
  // "It does not fail or return an error if you call the operation for a provider that does not exist."
  for (const one of [url, url, "a.example.com"]) await iam().send(new DeleteOpenIDConnectProviderCommand(named(one)));
  expect(await list()).toEqual([]);
  expect(await outcome(get(url))).toBe("NoSuchEntityException");
});

test("clients are added and removed, twice without harm; thumbprints are replaced", async () => {
  const url = "clients.example.com";
  await create(url);
  const add = (ClientID: string) =>
    iam().send(new AddClientIDToOpenIDConnectProviderCommand({ ...named(url), ClientID }));
  const remove = (ClientID: string) =>
    iam().send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...named(url), ClientID }));
  for (const client of ["a", "a", "b é"]) await add(client);
  expect((await get(url)).ClientIDList).toEqual(["a", "b é"]);
  for (const client of ["a", "a", "never"]) await remove(client);
  expect((await get(url)).ClientIDList).toEqual(["b é"]);
  const update = (ThumbprintList: string[]) =>
    iam().send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...named(url), ThumbprintList }));
  await update([thumbprint, thumbprint.toUpperCase()]);
  expect((await get(url)).ThumbprintList).toEqual([thumbprint, thumbprint.toUpperCase()]);
  for (const wrong of [[thumbprint.slice(1)], ["g".repeat(40)], Array<string>(6).fill(thumbprint)])
    expect(await outcome(update(wrong))).toBe("ValidationError");
  const missing = { OpenIDConnectProviderArn: arnOf("none.example.com"), ClientID: "a" };
  expect(await outcome(iam().send(new AddClientIDToOpenIDConnectProviderCommand(missing)))).toBe(
    "NoSuchEntityException",
  );
});

describe("the URL is that of the issuer", () => {
  test.each([
    "issuer.example.com",
    "http://issuer.example.com",
    "https://",
    "https://issuer.example.com?tenant=1",
    "https://issuer.example.com#x",
    "https://user@issuer.example.com",
    "https://Issuer.example.com",
    "https://issuer.example.com/a/../b",
    "https://issuer.example.com/a b",
    "https://issuer.example.com:443",
    "https://127.1",
    `https://${"a".repeat(250)}.example.com`,
    "HTTPS://issuer.example.com",
  ])("%s is none", async (Url) => {
    expect(await outcome(iam().send(new CreateOpenIDConnectProviderCommand({ Url })))).toMatch(
      /^(InvalidInputException|ValidationError)$/,
    );
  });

  test.each(["issuer.example.com/", "issuer.example.com:8443/a", "10.0.0.1", "[2001:db8::1]:8443"])(
    "%s is one",
    async (url) => {
      await create(url);
      expect((await get(url)).Url).toBe(url);
    },
  );
});

test("an account has 100 of them, and one has 100 clients", async () => {
  const clients = Array.from({ length: 100 }, (_, at) => `client-${at}`);
  await create("full.example.com", { ClientIDList: clients });
  const more = { ...named("full.example.com"), ClientID: "one more" };
  expect(await outcome(iam().send(new AddClientIDToOpenIDConnectProviderCommand(more)))).toBe("LimitExceededException");
  const { OpenIDConnectProviderList: there = [] } = await iam().send(new ListOpenIDConnectProvidersCommand({}));
  for (let at = there.length; at < 100; at += 1) await create(`n${at}.example.com`);
  expect(await outcome(create("late.example.com"))).toBe("LimitExceededException");
});

test("each call needs its right on the provider", async () => {
  const keys = await gateway.user("provider-admin", {
    Effect: "Allow",
    Action: "iam:*OpenIDConnectProvider",
    Resource: arnOf("mine.example.com/*"),
  });
  const own = iam(keys);
  const other = named("other.example.com");
  expect(await outcome(create("other.example.com", {}, own))).toBe("AccessDenied");
  expect(await outcome(own.send(new GetOpenIDConnectProviderCommand(other)))).toBe("AccessDenied");
  expect(await outcome(own.send(new DeleteOpenIDConnectProviderCommand(other)))).toBe("AccessDenied");
  expect(await outcome(own.send(new AddClientIDToOpenIDConnectProviderCommand({ ...other, ClientID: "a" })))).toBe(
    "AccessDenied",
  );
  expect(await outcome(own.send(new ListOpenIDConnectProvidersCommand({})))).toBe("AccessDenied");
  const mine = named("mine.example.com/a");
  expect(await outcome(own.send(new GetOpenIDConnectProviderCommand(mine)))).toBe("NoSuchEntityException");
});

test("providers of SAML are not there yet", async () => {
  const SAMLMetadataDocument = "x".repeat(1000);
  const made = iam().send(new CreateSAMLProviderCommand({ Name: "idp", SAMLMetadataDocument }));
  expect(await outcome(made)).toBe("NotImplemented");
});
