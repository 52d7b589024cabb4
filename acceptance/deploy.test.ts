/** What `deploy/` has for those who run a gateway, held against the gateway itself. */
import { parser } from "@prometheus-io/lezer-promql";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { gatewayOptions } from "../packages/gateway/src/server/parse-config.ts";
import { writeTargets } from "../packages/gateway/test/notification-files.ts";
import { metricTable } from "../packages/gateway/src/telemetry/metric-table.ts";
import { command } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";
import { freePorts } from "./free-ports.ts";

const execute = promisify(execFile);

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), "s3-credentials-deploy-"));
  // An installation has so many files that a busy machine takes minutes to remove them; this process must answer the runner meanwhile.
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }), 600_000);
  return folder;
}

/** The names in the root of the repository that a pattern of `COPY` means. */
function namesOf(pattern: string): readonly string[] {
  const whole = new RegExp(`^${pattern.replace(/^\.\//, "").replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`);
  return readdirSync(".").filter((name) => whole.test(name));
}

/** The options that a text gives to `serve`. */
function optionsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?<![\w-])--([a-z][a-z0-9-]*)/g)].map(([, name = ""]) => name);
}

describe("what is asked of a collector", () => {
  interface Rules {
    readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
  }
  const alerts = (parse(readFileSync("deploy/prometheus/alerts.yaml", "utf8")) as Rules).groups.flatMap(
    ({ rules }) => rules,
  );
  interface Dashboard {
    readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
    readonly templating: { readonly list: readonly { readonly query: string }[] };
  }
  const dashboard = JSON.parse(readFileSync("deploy/grafana/s3-credentials.json", "utf8")) as Dashboard;
  const panels = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
  /** By their names: the labels that each may have. */
  const shown = new Map<string, ReadonlySet<string>>();
  const ofCollector = ["instance", "job"];

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    const folder = mkdtempSync(join(tmpdir(), "s3-credentials-deploy-"));
    writeFileSync(join(folder, "keys"), "[default]\naws_access_key_id=a\naws_secret_access_key=b\n", { mode: 0o600 });
    const upstream = ["--upstream", `http://127.0.0.1:${port}`, "--upstream-credentials", join(folder, "keys")];
    const targets = writeTargets(folder, [{ name: "events", accounts: "all", file: "events.jsonl" }]);
    const args = ["--metrics-port", "0", ...upstream, "--notification-targets", targets];
    const gateway = await startGatewayHere({ args });
    const text = await (await fetch(`${gateway.metrics}/metrics`)).text();
    await gateway.stop();
    rmSync(folder, { recursive: true });
    const tables: Readonly<Record<string, { readonly labels: readonly string[] }>> = metricTable;
    for (const [, name = "", type = ""] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
      const labels = new Set([...(tables[name]?.labels ?? []), ...ofCollector]);
      if (type !== "histogram") shown.set(name, labels);
      else for (const part of ["_bucket", "_sum", "_count"]) shown.set(`${name}${part}`, new Set([...labels, "le"]));
    }
    shown.set("up", new Set(ofCollector)); // of the collector itself
  });

  /** What is wrong with a query: it cannot be parsed, or asks for a metric or a label that no gateway shows. */
  function faultsOf(expr: string): readonly string[] {
    const faults: string[] = [];
    const metrics: string[] = [];
    const labels: string[] = [];
    parser.parse(expr).iterate({
      enter(node) {
        const text = expr.slice(node.from, node.to);
        if (node.type.isError) faults.push(`cannot be parsed at ${node.from}: ${expr.slice(node.from)}`);
        if (node.name === "Identifier" && node.node.parent?.name === "VectorSelector") metrics.push(text);
        if (node.name === "LabelName") labels.push(text);
      },
    });
    if (metrics.length === 0) faults.push("asks for no metric");
    for (const name of metrics) if (!shown.has(name)) faults.push(`there is no metric ${name}`);
    for (const label of labels)
      if (!metrics.some((name) => shown.get(name)?.has(label) === true))
        faults.push(`no metric has the label ${label}`);
    return faults;
  }

  test("a query for what is not there is found", () => {
    expect(faultsOf("sum(")).not.toEqual([]);
    expect(faultsOf("s3_credentials_nothing > 1")).toEqual(["there is no metric s3_credentials_nothing"]);
    expect(faultsOf('s3_credentials_ready{bucket="b"}')).toEqual(["no metric has the label bucket"]);
  });

  test("every alert asks for what a gateway shows", () => {
    expect(alerts.length).toBeGreaterThan(15);
    expect(alerts.flatMap(({ alert, expr }) => faultsOf(expr).map((fault) => `${alert}: ${fault}`))).toEqual([]);
  });

  test("every panel of the dashboard does, and every metric of ours has a panel or an alert", () => {
    const filled = (expr: string) => expr.replaceAll("$instance", "i");
    expect(panels.flatMap(({ title, expr }) => faultsOf(filled(expr)).map((fault) => `${title}: ${fault}`))).toEqual(
      [],
    );
    const asked = [...alerts, ...panels].map(({ expr }) => expr).join("\n");
    expect(Object.keys(metricTable).filter((name) => !new RegExp(`\\b${name}`).test(asked))).toEqual([]);
  });

  test("every alert has its section in the runbook, with what to do, and no section is of another", () => {
    const runbook = readFileSync("docs/guide/operations/runbook.md", "utf8");
    const [, ...sections] = runbook.split(/^## /m);
    expect(sections.map((section) => section.split("\n")[0])).toEqual(
      expect.arrayContaining(alerts.map(({ alert }) => alert)),
    );
    expect(sections).toHaveLength(alerts.length);
    for (const section of sections) expect(section).toMatch(/- \*\*Means:\*\* [^]+- \*\*See:\*\* [^]+- \*\*Do:\*\* /);
    const prose = runbook.replaceAll(/^```.*?^```$/gms, "");
    const code = [...prose.matchAll(/`([^`]+)`/g)].map(([, words = ""]) => words.replace(/\s+/g, " "));
    const queries = code.filter((words) => /\bs3_credentials_/.test(words));
    expect(queries.length).toBeGreaterThan(5);
    expect(queries.flatMap((query) => faultsOf(query).map((fault) => `${query}: ${fault}`))).toEqual([]);
  });
});

describe("the unit of systemd", () => {
  const unit = readFileSync("deploy/systemd/s3-credentials.service", "utf8");

  test("systemd accepts it, and finds little that it leaves open", async () => {
    const file = join(folderOfTest(), "s3-credentials.service");
    // The command where it is here, because systemd looks whether it is there.
    writeFileSync(file, unit.replace("/usr/local/bin/s3-credentials", command));
    const verified = await execute("systemd-analyze", ["verify", "--man=no", file]);
    expect(verified.stderr).toBe("");
    // Of 100; a unit that says nothing has 96.
    await execute("systemd-analyze", ["security", "--offline=yes", "--no-pager", "--threshold=15", file]);
  });

  test("gives options that there are, and time for a drain", () => {
    const [, words = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
    expect(optionsIn(words).filter((name) => !Object.hasOwn(gatewayOptions, name))).toEqual([]);
    const timeout = Number(/--drain-timeout (\d+)/.exec(words)?.[1]);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(timeout + 20);
  });
});

describe("the image", () => {
  const text = readFileSync("deploy/docker/Dockerfile", "utf8");
  const file = DockerfileParser.parse(text);
  const instructions = file.getInstructions();
  const of = (keyword: string) => instructions.filter((one) => one.getKeyword() === keyword);
  /** With the flags that it begins with. */
  const argumentsOf = (keyword: string) => of(keyword).map((one) => one.getTextContent().slice(keyword.length + 1));

  test("its file is well-formed, and what runs is not root", () => {
    expect(validate(text)).toEqual([]);
    expect(argumentsOf("FROM").map((name) => name.split(" ")[0])).toEqual([
      "node:24-bookworm-slim",
      "node:24-bookworm-slim",
    ]);
    expect(argumentsOf("USER")).toEqual(["10001:10001"]);
    const [options = "[]"] = argumentsOf("CMD");
    expect(optionsIn(options).filter((name) => !Object.hasOwn(gatewayOptions, name))).toEqual([]);
  });

  test("everything that is copied is there, and what is ignored lets it through", () => {
    const ignored = readFileSync("deploy/docker/Dockerfile.dockerignore", "utf8").split("\n");
    const copied = argumentsOf("COPY").filter((words) => !words.startsWith("--from"));
    const sources = copied.flatMap((words) => words.split(" ").slice(0, -1)).map((name) => name.replace(/^\.\//, ""));
    for (const source of sources) {
      expect(namesOf(source), source).not.toEqual([]);
      expect(ignored).toContain(`!${source}`);
    }
  });

  // It installs everything once more, so it is among the long tests.
  const long = process.env["TEST_RUNS"] === undefined ? undefined : test;
  long?.("its steps, run here one after the other, make a command that serves", async () => {
    const place = folderOfTest();
    let workdir = place;
    const at = (path: string) => (path.startsWith("/") ? join(place, path) : join(workdir, path));
    for (const one of instructions) {
      const words = one.getTextContent().replace(/^\w+ /, "");
      if (one.getKeyword() === "FROM") workdir = place;
      if (one.getKeyword() === "WORKDIR") mkdirSync((workdir = at(words)), { recursive: true });
      // What another stage made is in the same folder here.
      if (one.getKeyword() === "COPY" && !words.startsWith("--from")) copy(words.split(" "), at);
      if (one.getKeyword() === "RUN") await execute("/bin/sh", ["-c", words], { cwd: workdir });
    }
    const [, program = ""] = /^\["(.*)"\]$/.exec(argumentsOf("ENTRYPOINT")[0] ?? "") ?? [];
    const help = execFileSync(process.execPath, [at(program), "serve", "--help"], { encoding: "utf8" });
    expect(help).toContain("--metrics-port");
  });

  function copy(words: readonly string[], at: (path: string) => string): void {
    const [target = "", ...sources] = words.toReversed();
    for (const source of sources.flatMap(namesOf))
      cpSync(source, target.endsWith("/") ? at(join(target, source)) : at(target), {
        recursive: true,
        filter: (path) => !/(^|\/)(node_modules|dist|bundle)(\/|$)/.test(path),
      });
  }
});

describe("the chart", () => {
  const chart = "deploy/helm/s3-credentials";
  const templates = readdirSync(`${chart}/templates`).map((path) => ({
    path,
    text: readFileSync(`${chart}/templates/${path}`, "utf8"),
  }));
  const values = parse(readFileSync(`${chart}/values.yaml`, "utf8")) as unknown;

  const valueAt = (path: string): unknown =>
    path.split(".").reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], values);

  test("uses only values that have a default, and every one of them", () => {
    const used = templates.flatMap(({ text }) =>
      [...text.matchAll(/\.Values\.([\w.]+)/g)].map(([, path = ""]) => path),
    );
    expect(used.filter((path) => valueAt(path) === undefined)).toEqual([]);
    const named = (path: string): boolean => used.some((one) => one === path || one.startsWith(`${path}.`));
    expect(Object.keys(values as object).filter((name) => !named(name))).toEqual([]);
  });

  test("opens and closes every block, and includes what is defined", () => {
    const all = templates.map(({ text }) => text).join("\n");
    for (const { path, text } of templates) {
      const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
      expect(count(/\{\{-? (if|with|range|define)\b/g), path).toBe(count(/\{\{-? end\b/g));
    }
    for (const [, name = ""] of all.matchAll(/include "([^"]+)"/g)) expect(all).toContain(`define "${name}"`);
  });

  test("of several pods asks for what they share, and lets go of one at a time", () => {
    const text = (name: string): string => templates.find(({ path }) => path === name)?.text ?? "";
    const pods = text("statefulset.yaml");
    for (const value of ["database.url", "upstream.url", "database.passwordSecretName", "database.keySecretName"])
      expect(pods, value).toMatch(new RegExp(`required "[^"]+" \\.Values\\.${value.replace(".", "\\.")} `));
    const shared = [...pods.matchAll(/^ +- (--(?:database|lease)\S*)=/gm)].map(([, name]) => name);
    expect(shared).toEqual(["--database", "--database-password-file", "--lease", "--database-ca"]);
    expect(text("poddisruptionbudget.yaml")).toMatch(/^ {2}maxUnavailable: 1$/m);
    // The key of a folder with a directory of its own is the only one that opens it.
    expect(pods).toContain("test -e /data/directory.db || install -m 0600 /secrets/key/keyfile /data/keyfile");
  });

  test("gives options that there are, and has no secret of its own", () => {
    const all = templates.map(({ text }) => text).join("\n");
    const given = optionsIn(all.replaceAll(/kubectl --namespace/g, ""));
    expect(given.length).toBeGreaterThan(10);
    expect(given.filter((name) => !Object.hasOwn(gatewayOptions, name))).toEqual([]);
    expect(all).not.toMatch(/^kind: Secret$/m);
  });
});
