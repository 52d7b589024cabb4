/** At the end of a denial, for whoever may decode it: `aws sts decode-authorization-message`. In a line for people it is noise. */
export const encodedMessage = /\s*Encoded authorization failure message: [\w-]+/;
