import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { testCertificate } from "./testing/certificate.ts";
import { readTls } from "./tls-files.ts";

const folder = await mkdtemp(join(tmpdir(), "longshore-tls-"));
after(() => rm(folder, { recursive: true }));

test("a certificate and its key are read; what is wrong with either is said of the setting that names it", async () => {
  const [own, other] = [testCertificate(), testCertificate()];
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const certificate = await file("certificate.pem", own.certificate);
  const key = await file("key.pem", own.key);
  const garbled = await file("garbled.pem", "no PEM");
  assert.equal(await readTls({}), undefined);
  assert.deepEqual(await readTls({ tls: { certificate, key } }), { certificate: own.certificate, key: own.key });
  const refused = (tls: { certificate: string; key: string }, sentence: RegExp) =>
    assert.rejects(readTls({ tls }), { name: "ConfigurationError", message: sentence });
  await refused(
    { certificate: join(folder, "absent"), key },
    /^--tls-certificate: the file .*absent cannot be read \(ENOENT\)\.$/,
  );
  await refused({ certificate: garbled, key }, /^--tls-certificate: the file .*garbled\.pem has no certificate in PEM\.$/);
  await refused({ certificate, key: garbled }, /^--tls-key: the file .*garbled\.pem has no private key in PEM\.$/);
  await refused(
    { certificate, key: await file("other.pem", other.key) },
    /^--tls-key: .*other\.pem is not the key of the certificate/,
  );
});
