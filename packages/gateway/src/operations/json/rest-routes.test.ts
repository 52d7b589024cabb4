import { describe, expect, test } from "vitest";
import { modelledRoutes } from "./modelled-routes.ts";
import { bindMembers, findRestRoute, isListParameter } from "./rest-routes.ts";

const find = (method: string, path: string) => findRestRoute("access-analyzer", method, path);

describe("an operation is found by its method and path", () => {
  test.each(
    Object.entries(modelledRoutes).flatMap(([service, routes]) =>
      Object.entries(routes).map(([name, route]) => [service as keyof typeof modelledRoutes, name, route] as const),
    ),
  )("%s %s", (service, name, route) => {
    const [method = "", target = ""] = route.split(" ");
    const path = target.replace(/\?.*/, "").replaceAll(/\{\w+\}/g, "some%20name");
    expect(findRestRoute(service, method, path)?.name).toBe(name);
  });

  test("labels are decoded once", () => {
    const arn = "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/a%b";
    expect(find("GET", `/tags/${encodeURIComponent(arn)}`)?.labels).toEqual(new Map([["resourceArn", arn]]));
  });

  test.each([
    ["POST", "/analyzer"],
    ["get", "/analyzer"],
    ["GET", "/"],
    ["GET", "/analyzer/"],
    ["GET", "/analyzer/a/"],
    ["GET", "//analyzer"],
    ["GET", "/analyzer/a/b/../archive-rule"],
    ["GET", "/analyzer/."],
    ["GET", "/analyzer/%2e%2e"],
    ["GET", "/analyzer/%2E/archive-rule"],
    ["GET", "/analyzer/%"],
    ["GET", "/analyzer/%ff"],
    ["PUT", "/analyzer/a/archive-rule/b/c"],
    ["GET", "/constructor"],
  ])("%s %s is none", (method, path) => {
    expect(find(method, path)).toBeUndefined();
  });
});

describe("each member has one place", () => {
  test("what the path and the query have is not taken from the document", () => {
    const route = find("DELETE", "/tags/right");
    if (route === undefined) throw new Error("no route");
    const members = new Map([
      ["resourceArn", "wrong"],
      ["tagKeys", "wrong"],
      ["other", "kept"],
    ]);
    expect(bindMembers(route, "tagKeys=a&tagKeys=b&other=ignored", members)).toEqual(
      new Map<string, unknown>([
        ["other", "kept"],
        ["resourceArn", "right"],
        ["tagKeys", ["a", "b"]],
      ]),
    );
    expect(bindMembers(route, "", members).has("tagKeys")).toBe(false);
  });

  test("numbers and booleans of a query; what is none stays a text", () => {
    const rules = find("GET", "/analyzer/a/archive-rule");
    const policy = find("GET", "/policy/generation/a");
    if (rules === undefined || policy === undefined) throw new Error("no route");
    const read = (route: typeof rules, query: string) => Object.fromEntries(bindMembers(route, query, new Map()));
    expect(read(rules, "maxResults=5&nextToken=6")).toMatchObject({ maxResults: 5, nextToken: "6" });
    expect(read(rules, "maxResults=5e1")).toMatchObject({ maxResults: "5e1" });
    expect(read(policy, "includeServiceLevelTemplate=true")).toMatchObject({ includeServiceLevelTemplate: true });
    expect(read(policy, "includeServiceLevelTemplate=yes")).toMatchObject({ includeServiceLevelTemplate: "yes" });
  });

  test("only a list may be sent twice", () => {
    expect(isListParameter("access-analyzer", "tagKeys")).toBe(true);
    expect(isListParameter("access-analyzer", "analyzerArn")).toBe(false);
    expect(isListParameter("s3", "tagKeys")).toBe(false);
  });
});
