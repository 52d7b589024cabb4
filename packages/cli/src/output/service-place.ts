/** Where credentials are used, in the words of those who read them; empty for AWS, which every reader knows. */
export interface ServicePlace {
  /** Environment variables. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
  readonly variables: Readonly<Record<string, string>>;
  /** Settings of a profile. */
  readonly settings: Readonly<Record<string, string>>;
}

export const amazon: ServicePlace = { variables: {}, settings: {} };
