/** What an exit status means, for the reference page and the manual. */
export const exitStatus = [
  [0, "done"],
  [1, "failed, and the line on standard error says what, why and what to do"],
  [2, "not understood: a wrong option, name or combination, or a file it names that cannot be read"],
  [130, "interrupted"],
  [141, "nobody reads the output any more, as after `| head`; nothing is said"],
] as const;
