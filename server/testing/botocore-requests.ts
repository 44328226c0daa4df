const AMZ_DATE = ["X-Amz-Date", "20261120T203233Z"];
const TARGET = ["X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"];
const TYPE = ["Content-Type", "application/x-amz-json-1.1"];
const authorized = (service: string, signedHeaders: string, signature: string): string[] => [
  "Authorization",
  `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261120/us-west-2/${service}/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
];
const PRESIGNED =
  "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261120%2Fus-west-2%2Fsts%2Faws4_request&X-Amz-Date=20261120T203233Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=5609a9318cff5df63dd56d69dd62da6bf2102718c55aed4681f4349256d8fe1f";
/** Requests that botocore 1.43.11 signed, with the key of AWS's documentation and a clock that stood at 20261120T203233Z. */
export const botocore = {
  json: {
    method: "POST",
    path: "/",
    query: "",
    rawHeaders: [
      "Host",
      "127.0.0.1:18080",
      ...TYPE,
      ...TARGET,
      ...AMZ_DATE,
      ...authorized(
        "ecr",
        "content-type;host;x-amz-date;x-amz-target",
        "afe1aeb3ead51aa67f5dc169de57463cb2e6932b9866e449c005dd2d29c77c76",
      ),
    ],
    body: "{}",
  },
  form: {
    method: "POST",
    path: "/",
    query: "",
    rawHeaders: [
      "Host",
      "localhost:4510",
      "Content-Type",
      "application/x-www-form-urlencoded; charset=utf-8",
      ...AMZ_DATE,
      ...authorized("sts", "content-type;host;x-amz-date", "0b0edc6737494cb4a9d3527f5f4acd34efb4c4e3ec44e56e324dd8313167483c"),
    ],
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  },
  spaces: {
    method: "POST",
    path: "/",
    query: "",
    rawHeaders: [
      "Host",
      "localhost:4510",
      ...TYPE,
      ...TARGET,
      "X-Amz-Meta",
      "a   b  c ",
      ...AMZ_DATE,
      ...authorized(
        "ecr",
        "content-type;host;x-amz-date;x-amz-meta;x-amz-target",
        "4df826aa0100e743c65da9285c91e9f86a8e4f54da097c1f2bc432f6e7bf9d41",
      ),
    ],
    body: '{"a":1}',
  },
  path: {
    method: "GET",
    path: "/v2/a%20b/./c/../d//e/~f%2Fg/",
    query: "",
    rawHeaders: [
      "Host",
      "localhost:4510",
      ...AMZ_DATE,
      ...authorized("ecr", "host;x-amz-date", "53a24f312124bca11ef8777ff1349a0389f56608882c5042e36fd901bb6f981e"),
    ],
    body: "",
  },
  query: {
    method: "GET",
    path: "/",
    query: "b=2&a=x%20y&a=%2B%2F&B=&c=%E2%82%AC",
    rawHeaders: [
      "Host",
      "localhost:4510",
      ...AMZ_DATE,
      ...authorized("ecr", "host;x-amz-date", "f2be8562137b2e1af2b3ba473dbb4e829bec8f509cea984fd7c9a0a576495b42"),
    ],
    body: "",
  },
  presigned: {
    method: "GET",
    path: "/",
    query: PRESIGNED,
    rawHeaders: ["Host", "localhost:4510", "x-k8s-aws-id", "my-cluster"],
    body: "",
  },
};
