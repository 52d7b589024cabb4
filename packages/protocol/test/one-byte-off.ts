import type { WireRequest } from "../src/sigv4/request-auth.ts";

/** Neither letter is blank, a delimiter or equal to the other's lower case, so the text always means something else. */
function another(character: string): string {
  return character === "q" ? "z" : "q";
}

function* changed(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 1)
    yield `${text.slice(0, at)}${another(text.charAt(at))}${text.slice(at + 1)}`;
}

/** Every request that differs in one byte of path, query or header (names and values), each with a description. */
export function* oneByteOff(request: WireRequest): Generator<readonly [what: string, request: WireRequest]> {
  for (const path of changed(request.path)) yield [`path ${path}`, { ...request, path }];
  for (const query of changed(request.query)) yield [`query ${query}`, { ...request, query }];
  for (const [index, [name, value]] of request.headers.entries()) {
    for (const text of changed(value))
      yield [`${name}: ${text}`, { ...request, headers: request.headers.with(index, [name, text]) }];
    for (const text of changed(name))
      yield [`name ${text}`, { ...request, headers: request.headers.with(index, [text, value]) }];
  }
}
