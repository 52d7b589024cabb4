import { type Configuration, entitiesOf, type Entity, entityKey, makeEntity, ofKind } from "./configuration.ts";

/** A folder that says nothing of the settings of buckets leaves them as they are, with `prune` too. */
export function withSettingsKept(before: Configuration, wanted: Configuration, prune: boolean): Configuration {
  if (wanted.hasNoSettings !== true) return wanted;
  const buckets = ofKind(before, "buckets").flatMap((old): readonly Entity[] => {
    const named = wanted.entities.get(entityKey("buckets", old.name));
    if (named === undefined && !prune) return [];
    const settings = [...old.members].filter(([name]) => name !== "Policy");
    return [makeEntity("buckets", old.name, new Map([...settings, ...(named?.members ?? [])]))];
  });
  return { ...wanted, entities: entitiesOf([...wanted.entities.values(), ...buckets]) };
}
