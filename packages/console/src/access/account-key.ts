/** Queries about who may do what begin with it: every change that is made in the page makes them be asked again. */
export const accountAccessKey = "account-access";
