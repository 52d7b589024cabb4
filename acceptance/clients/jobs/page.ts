import { type Client, clients, type Job, jobs } from "./table.ts";

const names = Object.keys(clients) as Client[];
const allJobs = Object.keys(jobs) as Job[];

/** The page `docs/reference/clients.md` as Markdown. */
export function clientsTable(): string {
  return [
    "# Clients: presigned URLs, encryption, locks, and more\n",
    "What each client does with a gateway beyond reading and writing, and what it cannot: the programs of Debian 12, and the SDK for",
    "JavaScript and minio-js as `package.json` has them. `acceptance/clients/jobs.test.ts` does all that says yes here, over TLS, and",
    "looks at what became of it. How to set the clients up is in [other clients](../guide/other-clients.md).\n",
    table(
      ["", ...names],
      allJobs.map((job) => [
        jobs[job],
        ...names.map((client) => (typeof clients[client][job] === "string" ? "yes" : "")),
      ]),
    ),
    ...names.map(section),
  ].join("\n");
}

function section(client: Client): string {
  const can: [string, string][] = [];
  const cannot = new Map<string, string[]>();
  for (const job of allJobs) {
    const how = clients[client][job];
    if (typeof how === "string") can.push([jobs[job], `\`${how}\``]);
    else cannot.set(how.not, [...(cannot.get(how.not) ?? []), jobs[job]]);
  }
  const missing = [...cannot].map(([why, what]) => `- ${why}: ${what.join(", ")}.\n`);
  const parts = [`## ${client}\n`, can.length === 0 ? "" : table(["", "by"], can), missing.join("")];
  return parts.filter((part) => part !== "").join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
