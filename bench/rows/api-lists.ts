import { Readable } from "node:stream";
import { DescribeImagesCommand, DescribeRepositoriesCommand, type ECRClient, ListImagesCommand } from "@aws-sdk/client-ecr";
import { IMAGES_IN_LARGEST, LARGEST, MIXED, REPOSITORIES } from "../fill.ts";
import type { Row } from "../row.ts";
import { PAGE_SIZE, pages, repeated } from "./pages.ts";

/** One page of a list of the API: how many it holds, and where the next one starts. */
type ReadPage = (ecr: ECRClient, nextToken: string | undefined) => Promise<{ count: number; next: string | undefined }>;

interface Filter {
  readonly name: string;
  readonly repositoryName: string;
  readonly filter: object;
  readonly count: number;
}

const IN_LARGEST = { repositoryName: LARGEST, count: IMAGES_IN_LARGEST };
/** Every tenth image of the mixed repository has no tag; every hundredth is archived, and has one. */
const FILTERS: readonly Filter[] = [
  { name: "", ...IN_LARGEST, filter: {} },
  { name: "-tagged", repositoryName: MIXED, filter: { tagStatus: "TAGGED" }, count: IMAGES_IN_LARGEST * 0.89 },
  { name: "-untagged", repositoryName: MIXED, filter: { tagStatus: "UNTAGGED" }, count: IMAGES_IN_LARGEST * 0.1 },
  { name: "-archived", repositoryName: MIXED, filter: { imageStatus: "ARCHIVED" }, count: IMAGES_IN_LARGEST * 0.01 },
  { name: "-any", repositoryName: MIXED, filter: { tagStatus: "ANY", imageStatus: "ANY" }, count: IMAGES_IN_LARGEST },
];

/** Lists of the ECR API over a registry of 100,000 repositories, two of which hold 100,000 images each. */
export const apiLists: readonly Row[] = [
  list("describe-repositories", "DescribeRepositories of 100,000", REPOSITORIES, async (ecr, nextToken) => {
    const output = await ecr.send(new DescribeRepositoriesCommand({ maxResults: PAGE_SIZE, nextToken }));
    return { count: output.repositories?.length ?? 0, next: output.nextToken };
  }),
  ...FILTERS.map(({ name, repositoryName, filter, count }) =>
    list(`describe-images${name}`, `DescribeImages among 100,000${shown(filter)}`, count, async (ecr, nextToken) => {
      const input = { repositoryName, filter, maxResults: PAGE_SIZE, nextToken };
      const output = await ecr.send(new DescribeImagesCommand(input));
      return { count: output.imageDetails?.length ?? 0, next: output.nextToken };
    }),
  ),
  ...FILTERS.map(({ name, repositoryName, filter, count }) =>
    list(`list-images${name}`, `ListImages among 100,000${shown(filter)}`, count, async (ecr, nextToken) => {
      const output = await ecr.send(new ListImagesCommand({ repositoryName, filter, maxResults: PAGE_SIZE, nextToken }));
      return { count: output.imageIds?.length ?? 0, next: output.nextToken };
    }),
  ),
];

function shown(filter: object): string {
  const values = Object.values(filter).join(" ");
  return values === "" ? "" : `, ${values}`;
}

function list(name: string, work: string, count: number, read: ReadPage): Row {
  return {
    name,
    work: `${work}, ${PAGE_SIZE} a page`,
    ...pages(),
    async measure({ ecr }) {
      if (ecr === undefined) throw new Error(`${name} needs the AWS API.`);
      return timeList(ecr, read, count);
    },
  };
}

/** The first page again and again, as by then the server is warm; the whole list once, counted; then the last page again and again. */
async function timeList(ecr: ECRClient, read: ReadPage, count: number): Promise<readonly number[]> {
  const clock = timeAnswers(ecr);
  const page = async (nextToken: string | undefined) => ({ ...(await read(ecr, nextToken)), duration_ms: clock.last_ms() });
  const first_ms = await repeated(() => page(undefined));
  let lastToken: string | undefined;
  let slowest_ms = 0;
  let it = await page(undefined);
  let counted = it.count;
  while (it.next !== undefined) {
    lastToken = it.next;
    it = await page(lastToken);
    counted += it.count;
    slowest_ms = Math.max(slowest_ms, it.duration_ms);
  }
  if (counted !== count) throw new Error(`The list held ${counted} of ${count}.`);
  return [first_ms, await repeated(() => page(lastToken)), slowest_ms];
}

/** Times the client's exchanges from the signed request to the last byte of the answer, without its own parsing. */
function timeAnswers(ecr: ECRClient): { last_ms(): number } {
  let last_ms = 0;
  ecr.middlewareStack.add(
    (next) => async (request) => {
      const begun = performance.now();
      const output = await next(request);
      const response = output.response as { body: Readable };
      const pieces = await response.body.toArray();
      last_ms = performance.now() - begun;
      response.body = Readable.from(pieces);
      return output;
    },
    { step: "deserialize", priority: "low", name: "timeAnswers" },
  );
  return { last_ms: () => last_ms };
}
