// `npm run docs`: writes the reference pages from the tables.
import { writePages } from "./reference.mjs";

for (const path of await writePages()) console.log(`wrote ${path}`);
