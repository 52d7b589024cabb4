import { expect, test } from "vitest";
import { servicePlace } from "./service-place.ts";

test.each([
  undefined,
  "https://s3.amazonaws.com",
  "https://s3.eu-west-1.amazonaws.com",
  "https://s3.cn-north-1.amazonaws.com.cn",
  "https://s3.dualstack.us-east-2.api.aws",
])("AWS needs no word of where it is: %s", (s3) => {
  expect(servicePlace({ endpoints: s3 === undefined ? {} : { s3 } }, "eu-west-1")).toEqual({
    variables: {},
    settings: {},
  });
});

test.each(["http://127.0.0.1:8014", "https://amazonaws.com.example.org", "https://notamazonaws.com"])(
  "another service is named with its region: %s",
  (s3) => {
    expect(servicePlace({ endpoints: { s3, iam: s3, sts: "https://sts.example.org" } }, "eu-west-1")).toEqual({
      variables: {
        AWS_REGION: "eu-west-1",
        AWS_DEFAULT_REGION: "eu-west-1",
        AWS_ENDPOINT_URL: s3,
        AWS_ENDPOINT_URL_STS: "https://sts.example.org",
      },
      settings: { region: "eu-west-1", endpoint_url: s3 },
    });
  },
);
