/**
 * The cases of property tests are the same in every run of `npm test`, so that whether a change may land does not depend on luck.
 * `npm run test:long` looks for new ones: each of its runs begins with another seed, which a failure prints.
 */
import * as fc from "fast-check";

const seed = process.env["TEST_SEED"];
const isSearch = process.env["TEST_RUNS"] !== undefined;
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });
else if (!isSearch) fc.configureGlobal({ seed: 1 });
