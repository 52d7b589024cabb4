import { parseArgs } from "node:util";
import { nearestName } from "@s3-credentials/policy";

export interface TourOptions {
  /** End after the table. */
  readonly once: boolean;
  /** Make a website and show where it is. */
  readonly website: boolean;
  /** What `serve` is started with. */
  readonly serveArgs: readonly string[];
}

export type ParsedTour =
  | { readonly kind: "options"; readonly options: TourOptions }
  | { readonly kind: "help"; readonly text: string }
  /** One line. */
  | { readonly kind: "usage-error"; readonly message: string };

const help = `Usage: npm start [-- options]

Starts the gateway with its console, makes three kinds of keys, shows what each may do, prints a link to
the console, and stays up until Ctrl-C.

  --port PORT          port to listen on, 0 for any free one (9000)
  --console-port PORT  port of the console (the one after --port)
  --website-port PORT  makes a website too, and shows its address on this port, 0 for any free one
  --data DIR           data folder ($XDG_DATA_HOME/s3-credentials, else ~/.local/share/s3-credentials)
  --once               end after the table
  --help               show this text
`;

const options = {
  once: { type: "boolean", default: false },
  data: { type: "string" },
  port: { type: "string" },
  "console-port": { type: "string" },
  "website-port": { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

function portAfter(port: string): string {
  const next = Number(port) + 1;
  return next > 1 && next < 65_536 ? String(next) : "0";
}

export function parseTour(argv: readonly string[]): ParsedTour {
  try {
    const { values } = parseArgs({ args: [...argv], options });
    if (values.help) return { kind: "help", text: help };
    const { data, port = "9000", "console-port": consolePort = portAfter(port) } = values;
    const website = values["website-port"];
    const serveArgs = [
      "--port",
      port,
      "--console-port",
      consolePort,
      ...(website === undefined ? [] : ["--website-port", website]),
      ...(data === undefined ? [] : ["--data", data]),
    ];
    return { kind: "options", options: { once: values.once, website: website !== undefined, serveArgs } };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split(/\. To |\n/)[0] ?? "") : String(error);
    const [, unknown] = /^Unknown option '(.*)'$/.exec(reason) ?? [];
    const [, word] = /^Unexpected argument '(.*?)'/.exec(reason) ?? [];
    // npm takes options before `--` for its own, and leaves their values.
    if (word !== undefined)
      return { kind: "usage-error", message: `unexpected "${word}"; options go after --: npm start -- --port 9010` };
    if (unknown === undefined)
      return { kind: "usage-error", message: `${reason.replace(/\.$/, "")}; see npm start -- --help` };
    const near = nearestName(unknown.replace(/^-+/, ""), Object.keys(options));
    const hint = near === undefined ? "" : `did you mean --${near}? `;
    return { kind: "usage-error", message: `unknown option ${unknown}; ${hint}see npm start -- --help` };
  }
}
