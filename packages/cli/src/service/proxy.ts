import { UsageError } from "../command-line/failures.ts";

/**
 * The proxy for a URL, as AWS CLI finds it (`urllib.request.getproxies`): `HTTPS_PROXY` or `HTTP_PROXY`, by the scheme of the URL,
 * unless `NO_PROXY` names its host; names in lower case win. This machine itself is never asked through a proxy, which would be
 * another machine's "localhost".
 */
export function proxyFor(env: NodeJS.ProcessEnv, url: URL): URL | undefined {
  if (isThisMachine(url.hostname) || isExempt(variable(env, "NO_PROXY") ?? "", url)) return undefined;
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = variable(env, name)?.trim();
  if (value === undefined || value === "") return undefined;
  const text = /^\w+:\/\//.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  // It may have a password, so it is not shown.
  if (proxy === undefined || !/^https?:$/.test(proxy.protocol))
    throw new UsageError(`${name} is not the address of a proxy: write it as http://proxy.example.com:3128`);
  return proxy;
}

/** A CGI program's `HTTP_PROXY` is the header `Proxy` of whoever calls it. https://httpoxy.org/ */
function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const upper = name === "HTTP_PROXY" && env["REQUEST_METHOD"] !== undefined ? undefined : env[name];
  return env[name.toLowerCase()] ?? upper;
}

/** `example.com` and `.example.com` mean that host and all below it; `*` every host; a port may be named too. */
function isExempt(list: string, { hostname, host }: URL): boolean {
  if (list.trim() === "*") return true;
  return list.split(",").some((entry) => {
    const name = entry.trim().toLowerCase().replace(/^\.+/, "");
    return name !== "" && [hostname, host].some((own) => own === name || own.endsWith(`.${name}`));
  });
}

/** As `URL` writes hosts. A connection to no address in particular, such as 0.0.0.0, is one to this machine. */
function isThisMachine(hostname: string): boolean {
  return /^((.*\.)?localhost\.?|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\[::ffff:(7f[\da-f]{2}:[\da-f]{1,4}|0:0)\])$/.test(
    hostname,
  );
}
