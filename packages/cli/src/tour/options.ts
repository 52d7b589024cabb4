import { parseArgs } from "node:util";
import { nearestName } from "@s3-credentials/policy";

export interface TourOptions {
  /** End after the table. */
  readonly once: boolean;
  /** What `serve` is started with. */
  readonly serveArgs: readonly string[];
}

export type ParsedTour =
  | { readonly kind: "options"; readonly options: TourOptions }
  | { readonly kind: "help"; readonly text: string }
  /** One line. */
  | { readonly kind: "usage-error"; readonly message: string };

const help = `Usage: npm start [-- options]

Starts the gateway, makes three kinds of keys, shows what each may do, and stays up until Ctrl-C.

  --port PORT  port to listen on, 0 for any free one (9000)
  --data DIR   data folder ($XDG_DATA_HOME/s3-credentials, else ~/.local/share/s3-credentials)
  --once       end after the table
  --help       show this text
`;

const options = {
  once: { type: "boolean", default: false },
  data: { type: "string" },
  port: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

export function parseTour(argv: readonly string[]): ParsedTour {
  try {
    const { values } = parseArgs({ args: [...argv], options });
    if (values.help) return { kind: "help", text: help };
    const serveArgs = (["data", "port"] as const).flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [`--${name}`, value];
    });
    return { kind: "options", options: { once: values.once, serveArgs } };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split(/\. To |\n/)[0] ?? "") : String(error);
    const [, unknown] = /^Unknown option '(.*)'$/.exec(reason) ?? [];
    if (unknown === undefined)
      return { kind: "usage-error", message: `${reason.replace(/\.$/, "")}; see npm start -- --help` };
    const near = nearestName(unknown.replace(/^-+/, ""), Object.keys(options));
    const hint = near === undefined ? "" : `did you mean --${near}? `;
    return { kind: "usage-error", message: `unknown option ${unknown}; ${hint}see npm start -- --help` };
  }
}
