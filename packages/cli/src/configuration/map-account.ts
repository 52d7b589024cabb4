import { isList, isObject, type Json } from "../formats/json.ts";
import { type Configuration, entitiesOf, makeEntity } from "./configuration.ts";

/**
 * The configuration for another account: where an ARN has the old account's number, and where a text is nothing but it, the new one is.
 * Names that contain the number stay, because a bucket of another name is another bucket.
 */
export function mapAccount(configuration: Configuration, account: string): Configuration {
  const old = configuration.account;
  if (old === account) return configuration;
  const inArn = new RegExp(`^(arn:[^:]*:[^:]*:[^:]*:)${old}(?=:)`);
  const mapText = (text: string): string => (text === old ? account : text.replace(inArn, `$1${account}`));
  const map = (value: Json): Json => {
    if (typeof value === "string") return mapText(value);
    if (isList(value)) return value.map(map);
    if (isObject(value)) return new Map([...value].map(([key, item]) => [key, map(item)]));
    return value;
  };
  const entities = [...configuration.entities.values()].map(({ kind, name, members }) =>
    makeEntity(kind, name, new Map([...members].map(([key, item]) => [key, map(item)]))),
  );
  return { ...configuration, account, entities: entitiesOf(entities) };
}
