import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Browser, type ConsoleGateway, type Got, signedIn, startConsole } from "./console-gateway.ts";
import { startIssuer, type TestIssuer } from "./oidc-issuer.ts";
import { selfSigned } from "./self-signed.ts";
import { type Agreed, type SignInPages, serveSignIn } from "./oidc-people.ts";

const account = "123456789012";
const client = { id: "s3-console", secret: "se:cret & +%" } as const;
const open = { id: "open-console", secret: undefined } as const;

let folder = "";
let issuer: TestIssuer;
let pages: SignInPages;
/** Another provider, which gave the console no secret. */
let other: TestIssuer;
let otherPages: SignInPages;
let running: ConsoleGateway;
let admin: Browser;
let ahead = 0;
const clock = { now: () => Date.now() + ahead, monotonic: () => Math.trunc(performance.now()) };

/** Nobody answers at this port. */
const gone = "https://localhost:1/gone";

const hostOf = (of: TestIssuer): string => of.issuer.slice("https://".length);
const providerArn = (of: TestIssuer): string => `arn:aws:iam::${account}:oidc-provider/${hostOf(of)}`;

beforeAll(async () => {
  const certificate = selfSigned();
  [issuer, other] = [await startIssuer("/people", certificate), await startIssuer("/other", certificate)];
  pages = serveSignIn(issuer, client);
  otherPages = serveSignIn(other, open);
  delete other.discovery["authorization_response_iss_parameter_supported"];
  folder = mkdtempSync(join(tmpdir(), "console-oidc-"));
  writeFileSync(join(folder, "ca.pem"), issuer.ca);
  writeFileSync(join(folder, "secret"), `${client.secret}\n`, { mode: 0o600 });
  const providers = [
    {
      name: "people",
      title: "People & Co",
      issuer: issuer.issuer,
      clientId: client.id,
      clientSecretFile: "secret",
      scopes: ["email"],
    },
    { name: "other", issuer: other.issuer, clientId: open.id },
    { name: "gone", issuer: gone, clientId: open.id },
  ];
  writeFileSync(
    join(folder, "oidc.json"),
    JSON.stringify({ providers: providers.map((one) => ({ ...one, account })) }),
  );
  const allowed = [issuer.issuer, other.issuer, gone].flatMap((one) => ["--oidc-allow", new URL(one).host]);
  running = await startConsole(
    [
      "--account-id",
      account,
      "--trusted-proxy",
      "127.0.0.1",
      "--console-oidc",
      join(folder, "oidc.json"),
      "--oidc-ca",
      join(folder, "ca.pem"),
      ...allowed,
    ],
    { clock },
  );
  admin = await signedIn(running, running.admin);
  for (const [Url, clientId] of [
    [issuer.issuer, client.id],
    [other.issuer, open.id],
    [gone, open.id],
  ] as const)
    await done(admin.iam("CreateOpenIDConnectProvider", { Url, "ClientIDList.member.1": clientId }));
  await role("reader", issuer, client.id);
  await role("visitor", other, open.id);
});
afterAll(async () => {
  await running.close();
  await Promise.all([issuer.close(), other.close()]);
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  pages.change = (answer) => answer;
});

async function done(call: Promise<Got>): Promise<void> {
  const { status, body } = await call;
  expect([status, body]).toEqual([200, expect.anything()]);
}

/** A role that people of an issuer may take whose subject is like this. */
function role(
  name: string,
  of: TestIssuer,
  audience: string,
  { path = "/", subject = "ann*" }: { readonly path?: string; readonly subject?: string } = {},
): Promise<void> {
  const trust = {
    Effect: "Allow",
    Principal: { Federated: providerArn(of) },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: { [`${hostOf(of)}:aud`]: audience }, StringLike: { [`${hostOf(of)}:sub`]: subject } },
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: trust });
  return done(admin.iam("CreateRole", { RoleName: name, Path: path, AssumeRolePolicyDocument }));
}

let addresses = 0;
const newBrowser = (): Browser => new Browser(running.origin, { "x-forwarded-for": `198.51.100.${(addresses += 1)}` });

const wanted = { account, provider: "people", role: "reader" };

/** The page that leads on, and where to. */
const leadsTo = (got: Got): string => /^0;url=(.*)$/.exec(String(got.headers["refresh"]))?.[1] ?? "";

/** The address at the provider that a browser is led to. */
async function begin(by: Browser, fields: Readonly<Record<string, string>> = {}): Promise<string> {
  const got = await by.submit("/session/oidc", { ...wanted, ...fields });
  expect([got.status, got.body]).toEqual([200, expect.stringContaining("Go on to localhost")]);
  return leadsTo(got);
}

const come = (by: Browser, { pathname, search }: URL): Promise<Got> =>
  by.open(`${pathname}${search}`, { "sec-fetch-site": "cross-site" });

/** The answer to the button of the page that says as whom. */
async function enter(by: Browser, { status, body }: Got): Promise<Got> {
  expect([status, body]).toEqual([200, expect.stringContaining("You will be ")]);
  const value = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? "";
  return by.submit("/session/link", { token: value("token"), next: value("next") });
}

/** A browser back from the provider, up to where it is when all has gone well. */
async function arrive(by: Browser, back: URL): Promise<string | undefined> {
  return (await enter(by, await come(by, back))).headers.location;
}

/** A sign-in up to what the browser sees when it comes back; undefined claims: those of ann. */
async function signIn(by: Browser, agreed: Agreed = {}, fields: Readonly<Record<string, string>> = {}): Promise<Got> {
  const with_ = { ...agreed, claims: { sub: "ann", ...agreed.claims } };
  return come(by, pages.agree(await begin(by, fields), with_));
}

const saidIn = (got: Got): string => /role="alert">([^<]*)</.exec(got.body)?.[1] ?? "";

async function refused(got: Got, says: string | RegExp, by: Browser): Promise<void> {
  expect(saidIn(got)).toMatch(says);
  expect(got.status).toBeGreaterThanOrEqual(400);
  expect((await by.session())["status"]).toBe(401);
}

describe("a person signs in by a provider, without script", () => {
  test("from the form to the page that was wanted, as a session of the role, until it is signed out", async () => {
    const ann = newBrowser();
    const password = await ann.open("/signin?next=/users");
    expect(password.body).toContain('href="/signin?provider=&amp;next=%2Fusers"');
    expect((await ann.open("/signin?provider=&next=/users")).body).toContain("Account ID or alias");
    const form = await ann.open(`/signin?provider=people&account=${account}&role=reader&next=/users`);
    expect(form.body).not.toMatch(/<script|<style| on\w+=| style=/);
    expect(form.body).toContain('<option value="people" selected>People &amp; Co</option>');
    const begun = await ann.submit("/session/oidc", { ...wanted, next: "/users" });
    const { port } = new URL(running.origin);
    expect(begun.headers["set-cookie"]).toEqual([
      expect.stringMatching(new RegExp(`^s3c-oidc-${port}=[\\w-]+; Path=/; HttpOnly; SameSite=Lax; Max-Age=600$`)),
    ]);
    const asked = new URL(leadsTo(begun));
    expect(asked.origin + asked.pathname).toBe(`${issuer.issuer}/authorize`);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      response_type: "code",
      client_id: client.id,
      redirect_uri: `${running.origin}/signin/callback/people`,
      scope: "openid email",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    expect(begun.headers["referrer-policy"]).toBe("no-referrer");
    const back = await come(ann, pages.agree(asked.href, { claims: { sub: "ann" } }));
    // Nobody is signed in unawares: the page says as whom, and nothing is open yet.
    expect(back.body).toContain(`You will be <strong>reader/ann</strong> in account ${account}.`);
    expect([[...ann.cookies.keys()], (await ann.session())["status"]]).toEqual([[], 401]);
    const entered = await enter(ann, back);
    expect([entered.status, entered.headers.location]).toEqual([303, "/users"]);
    expect([...ann.cookies.keys()].sort()).toEqual([`s3c-${port}`, `s3c-account-${port}`]);
    const arn = `arn:aws:sts::${account}:assumed-role/reader/ann`;
    expect(await ann.session()).toMatchObject({
      status: 200,
      account: { id: account },
      user: { kind: "federated", name: "reader/ann", arn },
      role: null,
      mfa: false,
    });
    const who = await ann.sts("GetCallerIdentity");
    expect(JSON.stringify(who.json)).toContain(arn);
    // Nothing but a cookie opens it, and signing out ends the keys as well as the session.
    expect((await ann.json("DELETE", "/session")).status).toBe(204);
    expect((await ann.session())["status"]).toBe(401);
    const listed = await admin.send({
      method: "POST",
      path: "/aws/s3-credentials",
      headers: { "x-amz-target": "S3Credentials.ListSessions", "content-type": "application/x-amz-json-1.1" },
      body: "{}",
    });
    expect(listed.json).toMatchObject({
      result: { Sessions: expect.arrayContaining([expect.objectContaining({ SessionName: "ann", State: "Revoked" })]) },
    });
  });

  test("the event names the role's session and whom the provider named; no log has code, token or secret", async () => {
    const ann = newBrowser();
    await enter(ann, await signIn(ann, { claims: { sub: "ann@example.com" } }));
    const got = await admin.send({
      method: "POST",
      path: "/aws/cloudtrail",
      headers: { "x-amz-target": "CloudTrail_20131101.LookupEvents", "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify({ LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "ConsoleLogin" }] }),
    });
    const { result } = got.json as { result: { Events: readonly { CloudTrailEvent: string }[] } };
    const event = JSON.parse(result.Events[0]?.CloudTrailEvent ?? "") as unknown;
    expect(event).toMatchObject({
      userIdentity: {
        type: "AssumedRole",
        principalId: expect.stringMatching(/^AROA\w+:ann@example\.com$/),
        arn: `arn:aws:sts::${account}:assumed-role/reader/ann@example.com`,
        sessionContext: {
          sessionIssuer: { type: "Role", arn: `arn:aws:iam::${account}:role/reader`, userName: "reader" },
          webIdFederationData: {
            federatedProvider: providerArn(issuer),
            attributes: { [`${hostOf(issuer)}:aud`]: client.id, [`${hostOf(issuer)}:sub`]: "ann@example.com" },
          },
        },
      },
      responseElements: { ConsoleLogin: "Success" },
      additionalEventData: { LoginTo: `${running.origin}/`, MFAUsed: "No" },
    });
    const code = pages.exchanges.at(-1)?.form.get("code") ?? "";
    expect(code).toHaveLength(32);
    for (const secret of [code, client.secret])
      expect(JSON.stringify(event) + running.log.join("")).not.toContain(secret);
  });

  test("a subject that can name no session gets a name of its own, and a provider without a secret is asked without", async () => {
    const ann = newBrowser();
    const address = await begin(ann, { provider: "other", role: "visitor" });
    await arrive(ann, otherPages.agree(address, { claims: { sub: "ann|a b" }, answer: { iss: undefined } }));
    const { user } = (await ann.session()) as { user: { name: string } };
    expect(user.name).toMatch(/^visitor\/ann-a-b-[0-9a-f]{16}$/);
    expect(otherPages.exchanges.at(-1)?.form.get("client_id")).toBe(open.id);
    expect(otherPages.exchanges.at(-1)?.authorization).toBeUndefined();
  });

  test("a new secret counts at once, sent as the provider takes it; a file that others may read does not", async () => {
    const file = join(folder, "secret");
    const ann = newBrowser();
    try {
      writeFileSync(file, "another secret\n");
      await refused(await signIn(ann), "People &amp; Co cannot be asked: the answer has status 400.", ann);
      chmodSync(file, 0o644);
      await refused(await signIn(ann), "the operator of the console has to mend the file of its client secret", ann);
    } finally {
      writeFileSync(file, client.secret);
      chmodSync(file, 0o600);
    }
    expect((await enter(ann, await signIn(ann))).headers.location).toBe("/");
  });
});

describe("who names no role chooses one of those that let the token in", () => {
  /** The form of the page, with the role that is chosen. */
  const chosen = ({ body }: Got, name: string): Readonly<Record<string, string>> => ({
    ...Object.fromEntries(
      [...body.matchAll(/name="(provider|state|choice)" value="([^"]*)"/g)].map((one) => one.slice(1)),
    ),
    role: name,
  });
  const rolesIn = ({ body }: Got): readonly string[] =>
    [...body.matchAll(/name="role" value="([^"]*)"/g)].map(([, name = ""]) => name);
  const asked = { provider: "people", role: "" };

  beforeAll(async () => {
    await role("writer", issuer, client.id, { path: "/team/" });
    await role("of-bob", issuer, client.id, { subject: "bob" });
  });

  test("the page shows those alone; the choice begins one session, once, in this browser", async () => {
    const ann = newBrowser();
    const page = await signIn(ann, {}, asked);
    expect(rolesIn(page)).toEqual(["reader", "team/writer"]);
    expect(page.body).not.toMatch(/<script|<style| on\w+=| style=/);
    expect([page.headers["cache-control"], (await ann.session())["status"]]).toEqual(["no-store", 401]);
    const form = chosen(page, "team/writer");
    const thief = newBrowser();
    await refused(await thief.submit("/session/oidc/role", form), "was not begun in this browser", thief);
    const offered = await ann.submit("/session/oidc/role", form);
    expect(offered.body).toContain(`You will be <strong>writer/ann</strong> in account ${account}.`);
    expect((await enter(ann, offered)).headers.location).toBe("/");
    expect(await ann.session()).toMatchObject({ user: { name: "writer/ann" } });
    const again = newBrowser();
    await refused(await again.submit("/session/oidc/role", form), "was used already", again);
  });

  test("the trust policy decides whatever was shown, and a token opens for its own choice alone", async () => {
    const ann = newBrowser();
    await refused(
      await ann.submit("/session/oidc/role", chosen(await signIn(ann, {}, asked), "of-bob")),
      `The role of-bob of account ${account} was refused`,
      ann,
    );
    const [one, other] = [await signIn(ann, {}, asked), await signIn(ann, {}, asked)];
    const mixed = { ...chosen(other, "reader"), choice: chosen(one, "reader")["choice"] ?? "" };
    await refused(await ann.submit("/session/oidc/role", mixed), "Please start again", ann);
    const late = await signIn(ann, {}, asked);
    ahead += 11 * 60_000;
    try {
      await refused(await ann.submit("/session/oidc/role", chosen(late, "reader")), "took too long", ann);
    } finally {
      ahead -= 11 * 60_000;
    }
  });

  test("one role needs no choice; where there is none, no role is named; a token that nobody signed is refused", async () => {
    const bob = newBrowser();
    const claims = { sub: "bob" };
    expect((await signIn(bob, { claims }, asked)).body).toContain("You will be <strong>of-bob/bob</strong>");
    const zoe = newBrowser();
    const none = await signIn(zoe, { claims: { sub: "zoe" } }, asked);
    await refused(none, `No role of account ${account} lets zoe of People &amp; Co in.`, zoe);
    expect(none.body).not.toMatch(/reader|writer|of-bob/);
    pages.change = (answer) => ({
      ...answer,
      id_token: `${String(answer["id_token"]).split(".").slice(0, 2).join(".")}.AAAA`,
    });
    await refused(await signIn(zoe, {}, asked), /was refused/, zoe);
  });
});

describe("a role is refused, and it is said", () => {
  test.each([
    ["that does not trust the person", { sub: "eve" }, {}],
    ["that is not there", { sub: "ann" }, { role: "nobody" }],
    ["that trusts another provider", { sub: "ann" }, { role: "visitor" }],
  ])("%s", async (_name, claims, fields) => {
    const by = newBrowser();
    const got = await signIn(by, { claims }, fields);
    const name = "role" in fields ? fields.role : "reader";
    await refused(
      got,
      `The role ${name} of account ${account} was refused: Not authorized to perform sts:AssumeRole`,
      by,
    );
  });

  test("whose account no longer has the provider, or its client", async () => {
    const by = newBrowser();
    const address = await begin(by);
    const named = { OpenIDConnectProviderArn: providerArn(issuer), ClientID: client.id };
    await done(admin.iam("RemoveClientIDFromOpenIDConnectProvider", named));
    try {
      const before = pages.exchanges.length;
      const got = await come(by, pages.agree(address, { claims: { sub: "ann" } }));
      await refused(got, `The account ${account} does not trust People &amp; Co for the console`, by);
      expect(pages.exchanges).toHaveLength(before);
      await refused(await by.submit("/session/oidc", wanted), "does not trust People", by);
    } finally {
      await done(admin.iam("AddClientIDToOpenIDConnectProvider", named));
    }
  });

  test("that has no name, of a provider or an account that is not offered", async () => {
    const by = newBrowser();
    for (const [fields, says] of [
      [{ role: "a b" }, "This is not the name of a role"],
      [{ provider: "nobody" }, "has no such identity provider"],
      [{ account: "000000000000" }, "has no identity provider for this account"],
    ] as const)
      await refused(await by.submit("/session/oidc", { ...wanted, ...fields }), says, by);
  });
});

describe("an answer is refused", () => {
  test("that this browser did not ask for: nobody is signed in by the link of somebody else", async () => {
    const [eve, victim] = [newBrowser(), newBrowser()];
    const link = pages.agree(await begin(eve), { claims: { sub: "ann" } });
    await refused(await come(victim, link), "was not begun in this browser", victim);
    // Nor when the victim has begun one of its own.
    const address = await begin(victim);
    await refused(await come(victim, link), "was not begun in this browser", victim);
    // Which goes on.
    expect(await arrive(victim, pages.agree(address, { claims: { sub: "ann" } }))).toBe("/");
  });

  test("that comes a second time, even after one that failed", async () => {
    const ann = newBrowser();
    const address = await begin(ann);
    const cookies = new Map(ann.cookies);
    const first = pages.agree(address, { claims: { sub: "ann" } });
    expect(await arrive(ann, first)).toBe("/");
    const again = newBrowser();
    for (const [name, value] of cookies) again.cookies.set(name, value);
    // A new code for the old state.
    await refused(await come(again, pages.agree(address, { claims: { sub: "ann" } })), "was used already", again);
  });

  test("that comes late", async () => {
    const ann = newBrowser();
    const link = pages.agree(await begin(ann), { claims: { sub: "ann" } });
    ahead = 11 * 60_000;
    await refused(await come(ann, link), "took too long", ann);
    ahead = 0;
  });

  test("with a code of another sign-in: PKCE and the nonce are of this browser's", async () => {
    const [eve, ann] = [newBrowser(), newBrowser()];
    const stolen = pages.agree(await begin(ann), { claims: { sub: "ann" } }).searchParams.get("code") ?? "";
    const link = pages.agree(await begin(eve), { answer: { code: stolen } });
    await refused(await come(eve, link), "People &amp; Co cannot be asked: the answer has status 400", eve);
  });

  test.each([
    ["with a nonce of another sign-in", { nonce: "n".repeat(43) }, "of another sign-in"],
    ["without a nonce", { nonce: undefined }, "of another sign-in"],
    ["for another client of the account", { aud: "other-client" }, "for another client"],
    ["for several clients", { aud: [client.id, "x"] }, "for another client"],
    ["that another client asked for", { azp: "other-client" }, "for another client"],
    ["of another issuer", { iss: "https://evil.example" }, "of another issuer"],
    ["with an access token of another", { at_hash: "A".repeat(22) }, "does not belong to its access token"],
    ["without a person", { sub: undefined }, "names nobody"],
  ])("with a token %s", async (_name, claims, says) => {
    const by = newBrowser();
    const got = await signIn(by, { claims });
    await refused(got, "The answer of People &amp; Co was refused: its ID token ", by);
    expect(saidIn(got)).toContain(says);
  });

  test.each([
    ["that is over", { iat: 1, exp: 2 }, /^The role reader .* was refused: .*expired/i],
    ["that was issued in the future", { iat: 99_999_999_999 }, "was refused: The token was issued in the future"],
  ])("with a token %s: STS's own verifier says so", async (_name, claims, says) => {
    const by = newBrowser();
    await refused(await signIn(by, { claims }), says, by);
  });

  test("with a token that another key signed", async () => {
    const by = newBrowser();
    const address = await begin(by);
    const nonce = new URL(address).searchParams.get("nonce") ?? "";
    const forged = await other.token(issuer.claims({ aud: client.id, sub: "ann", nonce }));
    pages.change = (answer) => ({ ...answer, id_token: forged });
    await refused(await come(by, pages.agree(address, { claims: { sub: "ann" } })), "The signature of the token", by);
  });

  test("of another provider than the one that was asked", async () => {
    const by = newBrowser();
    const before = [pages.exchanges.length, otherPages.exchanges.length];
    // The answer says that it is another's.
    const named = pages.agree(await begin(by), { claims: { sub: "ann" }, answer: { iss: other.issuer } });
    await refused(await come(by, named), "the answer does not come from it", by);
    // It does not say whose it is, and the provider always does.
    const silent = pages.agree(await begin(by), { claims: { sub: "ann" }, answer: { iss: undefined } });
    await refused(await come(by, silent), "the answer does not come from it", by);
    // It comes to the address of the other.
    const moved = pages.agree(await begin(by), { claims: { sub: "ann" }, answer: { iss: undefined } });
    moved.pathname = "/signin/callback/other";
    await refused(await come(by, moved), "was not begun in this browser", by);
    expect([pages.exchanges.length, otherPages.exchanges.length]).toEqual(before);
  });

  test("that says no, without its words; and one with a part twice", async () => {
    const by = newBrowser();
    const answer = { code: undefined, error: "access_denied", error_description: "<b>call 555-1234</b>" };
    const got = await signIn(by, { answer });
    await refused(got, "People &amp; Co signed nobody in (access_denied).", by);
    expect(got.body).not.toContain("555");
    await refused(await by.open("/signin/callback/people?code=a&code=b&state=c"), "has a parameter twice", by);
  });
});

describe("a provider", () => {
  test("that is away or lies is said, and its answer is not repeated", async () => {
    const by = newBrowser();
    const away = await by.submit("/session/oidc", { ...wanted, provider: "gone" });
    await refused(away, "gone cannot be asked: no answer came.", by);
    expect(away.status).toBe(502);
    for (const [answer, says] of [
      [{ id_token: undefined }, "it gave no ID token"],
      [{ id_token: "too-long-token ".repeat(1400) }, "it gave no ID token, or a very long one"],
      [{ id_token: "no.token.here" }, "its ID token is no JWT"],
      [{ access_token: undefined }, "does not belong to its access token"],
      [{ padding: "x".repeat(200_000) }, "the answer has more than"],
    ] as const) {
      pages.change = (given) => ({ ...given, ...answer });
      await refused(await signIn(by), says, by);
    }
  });

  test("that answers slowly holds up its own sign-ins alone, and not without end", async () => {
    const path = `${new URL(issuer.issuer).pathname}/token`;
    const real = issuer.answers.get(path);
    if (real === undefined) throw new Error("the issuer exchanges codes");
    let arrived = 0;
    const held: (() => void)[] = [];
    issuer.answers.set(path, (request, response) => {
      arrived += 1;
      held.push(() => real(request, response));
    });
    try {
      const links = await Promise.all(
        Array.from({ length: 17 }, async () => {
          const by = newBrowser();
          return [by, pages.agree(await begin(by), { claims: { sub: "ann" } })] as const;
        }),
      );
      const [last, ...first] = links;
      const waiting = first.map(([by, link]) => come(by, link));
      await expect.poll(() => arrived).toBe(16);
      if (last === undefined) throw new Error("there are seventeen");
      const [by, link] = last;
      await refused(await come(by, link), "Too many people are signing in", by);
      // Another provider's people are not concerned.
      const visitor = newBrowser();
      const address = await begin(visitor, { provider: "other", role: "visitor" });
      expect(await arrive(visitor, otherPages.agree(address, { claims: { sub: "ann" } }))).toBe("/");
      for (const answer of held) answer();
      for (const got of await Promise.all(waiting)) expect(got.body).toContain("You will be ");
    } finally {
      issuer.answers.set(path, real);
    }
  });
});

describe("a sign-in", () => {
  test("is begun by the console's own page alone, and never leads to another host", async () => {
    const by = newBrowser();
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    expect((await by.submit("/session/oidc", wanted, foreign)).status).toBe(403);
    for (const next of ["//evil.example", "/\\evil.example", "https://evil.example", `/${"a".repeat(1024)}`])
      expect((await enter(by, await signIn(by, {}, { next }))).headers.location).toBe("/");
  });

  test("gets a new id, whatever the browser had before", async () => {
    const by = newBrowser();
    const name = `s3c-${new URL(running.origin).port}`;
    by.cookies.set(name, "A".repeat(43));
    await enter(by, await signIn(by));
    expect(by.cookies.get(name)).toMatch(/^[\w-]{43}$/);
    expect(by.cookies.get(name)).not.toBe("A".repeat(43));
  });

  test("is one of the tries of its address", async () => {
    const by = newBrowser();
    await Promise.all(Array.from({ length: 60 }, () => by.submit("/session/oidc", wanted)));
    const got = await by.submit("/session/oidc", wanted);
    expect([got.status, got.headers["retry-after"]]).toEqual([429, "900"]);
  });
});
