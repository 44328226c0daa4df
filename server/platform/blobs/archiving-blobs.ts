import type { Blobs, ListedBlob } from "./blobs.ts";

/** The two stores of a registry that has an archive: a blob may lie in either, or for a while in both. */
export interface BlobStores {
  readonly first: Blobs;
  readonly archive: Blobs;
}

/** Stands before the version of a blob that lies in the archive. */
const IN_ARCHIVE = "archive:";

/**
 * Both stores as one. Bytes come into the first; a blob that is not there is read from the archive, so that no pull depends on
 * when bytes are moved. What is deleted goes from both.
 */
export function archivingBlobs({ first, archive }: BlobStores): Blobs {
  // Between the two looks a blob may have come home: then it is in neither of them, and is found by a third.
  const inEither = async <T>(look: (store: Blobs) => Promise<T | undefined>): Promise<T | undefined> =>
    (await look(first)) ?? (await look(archive)) ?? look(first);

  return {
    append: (stage, offset, body, options) => first.append(stage, offset, body, options),
    digestOf: (stage, size, algorithm) => first.digestOf(stage, size, algorithm),
    commit: (stage, size, digest) => first.commit(stage, size, digest),
    takeOver: (stage, size) => first.takeOver(stage, size),
    async discard(stage) {
      await first.discard(stage);
      await archive.discard(stage);
    },
    async *stages() {
      yield* first.stages();
      yield* archive.stages();
    },
    open: (digest) => inEither((store) => store.open(digest)),
    size: (digest) => inEither((store) => store.size(digest)),
    list: (after) => mergeLists(first.list(after), archive.list(after)),
    async verify(digest, options) {
      const here = await first.verify(digest, options);
      const found = here.state === "missing" ? await archive.verify(digest, options) : here;
      if (found.state !== "damaged") return found;
      return { ...found, version: `${here.state === "missing" ? IN_ARCHIVE : ""}${found.version}` };
    },
    async setAside(digest, version) {
      const inArchive = version.startsWith(IN_ARCHIVE);
      const [store, other] = inArchive ? [archive, first] : [first, archive];
      const isGone = await store.setAside(digest, inArchive ? version.slice(IN_ARCHIVE.length) : version);
      return isGone && (await other.size(digest)) === undefined;
    },
    putBack: async (digest, options) => (await first.putBack(digest, options)) || archive.putBack(digest, options),
    async delete(digest) {
      await first.delete(digest);
      await archive.delete(digest);
    },
    async deleteWithin(digests, within_ms) {
      const begun_ms = Date.now();
      const here = await first.deleteWithin(digests, within_ms);
      const there = await archive.deleteWithin(here.deleted, within_ms - (Date.now() - begun_ms));
      return { deleted: there.deleted, failures: [...here.failures, ...there.failures] };
    },
    async check() {
      await first.check();
      await archive.check();
    },
    async [Symbol.asyncDispose]() {
      await using _archive = archive;
      await first[Symbol.asyncDispose]();
    },
  };
}

/** Two lists in the order of their digests as one; what is in both is listed as the first has it. */
export async function* mergeLists(
  first: AsyncIterable<ListedBlob>,
  second: AsyncIterable<ListedBlob>,
): AsyncGenerator<ListedBlob> {
  const [one, two] = [first[Symbol.asyncIterator](), second[Symbol.asyncIterator]()];
  try {
    let [left, right] = [await one.next(), await two.next()];
    while (left.done !== true || right.done !== true) {
      if (right.done === true || (left.done !== true && left.value.digest <= right.value.digest)) {
        if (right.done !== true && left.value.digest === right.value.digest) right = await two.next();
        yield left.value;
        left = await one.next();
      } else {
        yield right.value;
        right = await two.next();
      }
    }
  } finally {
    await one.return?.();
    await two.return?.();
  }
}
