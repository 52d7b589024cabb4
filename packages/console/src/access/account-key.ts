/** What the query of `useAccountAccess` is called: every change that is made in the page makes it be read again. */
export const accountAccessKey = "account-access";
