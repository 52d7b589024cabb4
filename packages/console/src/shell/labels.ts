/** Words that components of Cloudscape show to screen readers alone. */
export const tabLabels = { scrollLeftAriaLabel: "Earlier tabs", scrollRightAriaLabel: "Later tabs" } as const;
