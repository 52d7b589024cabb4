import { expect, test } from "vitest";
import { optionsOf } from "../service/service-options.ts";
import { allCommands } from "../commands/commands.ts";
import { commandReference } from "./reference.ts";

test("the reference page names every command and every option of it", async () => {
  const page = await commandReference();
  for (const { definition } of await allCommands()) {
    expect(page).toContain(`## ${definition.name}\n`);
    for (const option of optionsOf(definition)) expect(page).toContain(`--${option.name}`);
  }
});
