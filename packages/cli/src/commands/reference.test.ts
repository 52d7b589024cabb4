import { expect, test } from "vitest";
import { optionsOf } from "../program.ts";
import { commands } from "./commands.ts";
import { commandReference } from "./reference.ts";

test("the reference page names every command and every option of it", () => {
  const page = commandReference();
  for (const { definition } of commands) {
    expect(page).toContain(`## ${definition.name}\n`);
    for (const option of optionsOf(definition)) expect(page).toContain(`--${option.name}`);
  }
});
