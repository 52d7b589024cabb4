/** What every store of OIDC providers must do beyond what requests show. */
import { describe, expect, test } from "vitest";
import type { OidcProviderRecord, OidcProviderStore } from "../../src/ports/oidc-provider-store.ts";
import { account, otherAccount } from "../test-directory.ts";
import { testGrant } from "../test-grant.ts";

const grant = testGrant();
const done = { kind: "done" };

function providerOf(url: string, accountId = account): OidcProviderRecord {
  return {
    accountId,
    arn: `arn:aws:iam::${accountId}:oidc-provider/${url}`,
    url,
    clientIds: ["b", "a", "é ☃"],
    thumbprints: ["ab".repeat(20)],
    tags: new Map([["Team", "blau ☃"]]),
    createdAt: 7,
  };
}

/** Two stores on the same data, with the accounts `account` and `otherAccount`. */
export function oidcProvidersContract(open: () => Promise<readonly [OidcProviderStore, OidcProviderStore]>): void {
  describe("OIDC providers", () => {
    test("are found as they were made, by every store and in their account alone", async () => {
      const [store, second] = await open();
      const provider = providerOf("a.example.com/x");
      expect(await store.createOidcProvider(grant, provider)).toEqual(done);
      expect(await second.findOidcProvider(account, provider.arn)).toEqual(provider);
      expect(await second.findOidcProvider(otherAccount, provider.arn)).toBeUndefined();
      expect(await second.createOidcProvider(grant, provider)).toEqual({ kind: "exists" });
      const elsewhere = providerOf("a.example.com/x", otherAccount);
      expect(await store.createOidcProvider(grant, elsewhere)).toEqual(done);
      for (const change of [{ clientRemoved: "a" }, { thumbprints: [] }, { tagsRemoved: ["team"] }])
        expect(await store.changeOidcProvider(grant, otherAccount, provider.arn, change)).toEqual({ kind: "missing" });
      expect(await store.deleteOidcProvider(grant, otherAccount, provider.arn)).toEqual({ kind: "missing" });
      expect(await store.listOidcProviders(grant, account)).toEqual([provider]);
      expect(await store.deleteOidcProvider(grant, account, provider.arn)).toEqual(done);
      expect(await second.listOidcProviders(grant, account)).toEqual([]);
      expect(await second.findOidcProvider(otherAccount, elsewhere.arn)).toEqual(elsewhere);
    });

    test("differ by the case of a path, and are listed in the order of their ARNs", async () => {
      const [store] = await open();
      const urls = ["b.example.com", "a.example.com/T", "a.example.com/t", "a.example.com"];
      for (const url of urls) await store.createOidcProvider(grant, providerOf(url));
      const listed = await store.listOidcProviders(grant, account);
      expect(listed.map(({ url }) => url)).toEqual(urls.toSorted());
    });

    test("keep what a change does not name, when two stores change them at once", async () => {
      const [store, second] = await open();
      const { arn } = providerOf("a.example.com");
      await store.createOidcProvider(grant, providerOf("a.example.com"));
      const added = Array.from({ length: 6 }, (_, at) =>
        (at % 2 === 0 ? store : second).changeOidcProvider(grant, account, arn, { clientAdded: `app-${at}` }),
      );
      const others = [
        second.changeOidcProvider(grant, account, arn, { clientRemoved: "b" }),
        store.changeOidcProvider(grant, account, arn, { thumbprints: [] }),
        second.changeOidcProvider(grant, account, arn, { tagsAdded: new Map([["team", "red"]]) }),
      ];
      for (const changed of await Promise.all([...added, ...others])) expect(changed).toEqual(done);
      const found = await store.findOidcProvider(account, arn);
      const apps = Array.from({ length: 6 }, (_, at) => `app-${at}`);
      expect(found?.clientIds.toSorted()).toEqual(["a", ...apps, "é ☃"].toSorted());
      expect([found?.thumbprints, found?.tags]).toEqual([[], new Map([["team", "red"]])]);
    });
  });
}
