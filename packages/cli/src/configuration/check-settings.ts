import type { SchemaRef } from "@smithy/types";
import { isList, isObject } from "../formats/json.ts";
import { allBlocked, settingNames, settingOf } from "./bucket-settings.ts";
import { type Configuration, ofKind } from "./configuration.ts";
import { fileNames } from "./file-name.ts";
import { inventoriesMember } from "./inventories.ts";
import type { Problem } from "./read-directory.ts";
import { documentProblems } from "./setting-document.ts";

/** What is wrong with the settings of buckets, by the SDK's models of them. */
export async function checkSettings(configuration: Configuration): Promise<readonly Problem[]> {
  const buckets = ofKind(configuration, "buckets");
  if (buckets.length === 0) return [];
  const sdk = await import("@aws-sdk/client-s3");
  const schemas = settingNames.flatMap((name): readonly (readonly [string, SchemaRef])[] => {
    const { schema } = settingOf(name);
    return schema === undefined ? [] : [[name, schema(sdk)]];
  });
  const files = fileNames(
    "buckets",
    buckets.map(({ name }) => name),
  );
  return buckets.flatMap(({ name, members }) => {
    const file = files.get(name) ?? "";
    const problems = schemas.flatMap(([member, schema]) => {
      const value = members.get(member);
      return value === undefined ? [] : documentProblems(schema, value, `/${member}`);
    });
    const inventories = members.get(inventoriesMember);
    const wrongInventories = (isList(inventories) ? inventories : []).flatMap((one, at) =>
      documentProblems(sdk.InventoryConfiguration$, one, `/${inventoriesMember}/${at}`),
    );
    const block = members.get("PublicAccessBlockConfiguration");
    const missing = isObject(block) ? Object.keys(allBlocked).filter((setting) => !block.has(setting)) : [];
    const unsaid = missing.map((setting) => ({
      pointer: `/PublicAccessBlockConfiguration/${setting}`,
      message: "it is missing: write true or false",
    }));
    return [...problems, ...wrongInventories, ...unsaid].map((problem) => ({ file, ...problem }));
  });
}
