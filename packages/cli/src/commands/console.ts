import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileFailure } from "../files/file-error.ts";
import { replaceFile } from "../files/replace-file.ts";
import { parseAuthFile } from "../service/auth-file.ts";
import { stsClient } from "../service/clients.ts";
import { connectionOf } from "../service/connection.ts";
import { consoleLink, type LinkKeys } from "../service/console-link.ts";
import { networkOf } from "../service/network.ts";
import { findLocalGateway, type LocalGateway, localGatewayFolder } from "../service/local-gateway.ts";
import type { Context } from "../command-line/context.ts";
import {
  type Command,
  type CommandDefinition,
  hasOption,
  type Invocation,
  type OptionValues,
  textOption,
} from "../command-line/definition.ts";
import { CommandError, UsageError } from "../command-line/failures.ts";

const definition = {
  name: "console",
  summary: "Print a one-time link that signs in to the gateway's console, and open it in the browser",
  arguments: [],
  options: [
    { name: "url", value: "URL", summary: "address of the console (that of the gateway on this machine)" },
    { name: "root", summary: "sign in as root, with the local gateway's root keys, for one hour" },
    { name: "no-browser", summary: "print the link only" },
  ],
  service: true,
  example: "s3-credentials console --no-browser",
} as const satisfies CommandDefinition;

async function run(context: Context, { options }: Invocation): Promise<number> {
  const url = textOption(options, "url");
  if (url !== undefined && !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ""))
    throw new UsageError(`invalid --url "${url}": not an address; give one such as https://console.example.com`);
  if (url !== undefined && hasOption(options, "root"))
    throw new UsageError("--root takes the root keys of the local gateway; with --url give them with --auth FILE");
  const place = url === undefined ? await localConsole(context, options) : { url, options };
  const keys = hasOption(options, "root") ? rootKeys(context, place.gateway) : await keysOf(context, place.options);
  const link = await consoleLink(networkOf(context.env, textOption(options, "profile")), place.url, keys);
  await context.print(`${link}\n`);
  if (!hasOption(options, "no-browser") && context.stdout.isTTY === true) openBrowser(context, link);
  return 0;
}

interface Place {
  readonly url: string;
  readonly options: OptionValues;
  readonly gateway?: LocalGateway;
}

async function localConsole(context: Context, options: OptionValues): Promise<Place> {
  const gateway = await findLocalGateway(context.env, textOption(options, "endpoint-url"));
  if (gateway.console === undefined)
    throw new CommandError(
      `the gateway at ${gateway.endpoint} has no console; start it with: s3-credentials serve --console-port 9001`,
    );
  return { url: gateway.console, options: new Map([...options, ["local", true]]), gateway };
}

function rootKeys(context: Context, gateway: LocalGateway | undefined): LinkKeys {
  const file = gateway?.rootCredentialsFile ?? "";
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read the root keys in ${file}: ${fileFailure(error)}`);
  }
  const keys = parseAuthFile(text, file);
  context.hide(keys.secretAccessKey);
  return { ...keys, region: gateway?.region ?? "us-east-1" };
}

/** The client finds credentials and region as it does for every other command. */
async function keysOf(context: Context, options: OptionValues): Promise<LinkKeys> {
  const { config } = await stsClient(await connectionOf(context, options));
  const [keys, region] = await Promise.all([config.credentials(), config.region()]);
  return { ...keys, region };
}

/**
 * The browser gets the link from a file that only its user can read: every user of this machine sees what a program is started with. When
 * there is no browser, the link that was printed is enough.
 */
function openBrowser({ env }: Context, link: string): void {
  const isDesktop = process.platform === "darwin" || Boolean(env["DISPLAY"] ?? env["WAYLAND_DISPLAY"]);
  if (!isDesktop) return;
  const file = join(localGatewayFolder(env), "..", "console-link.html");
  replaceFile(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${link}">\n`);
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  spawn(program, [file], { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}

export const console: Command = { definition, run };
