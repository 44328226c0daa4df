import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Configuration, ConfigurationError } from "./configuration.ts";

/** The certificate and the key that are configured, in PEM; undefined without TLS. Throws ConfigurationError, which names the setting. */
export async function readTls({ tls }: Pick<Configuration, "tls">): Promise<{ certificate: string; key: string } | undefined> {
  if (tls === undefined) return undefined;
  const certificate = await readPem("--tls-certificate", "certificate", tls.certificate, (pem) => new X509Certificate(pem));
  const key = await readPem("--tls-key", "private key", tls.key, createPrivateKey);
  if (!certificate.parsed.checkPrivateKey(key.parsed)) {
    throw new ConfigurationError(`--tls-key: ${tls.key} is not the key of the certificate ${tls.certificate}.`);
  }
  return { certificate: certificate.pem, key: key.pem };
}

async function readPem<T>(
  flag: string,
  what: string,
  path: string,
  parse: (pem: string) => T,
): Promise<{ pem: string; parsed: T }> {
  const pem = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new ConfigurationError(`${flag}: the file ${path} cannot be read (${error.code}).`);
  });
  try {
    return { pem, parsed: parse(pem) };
  } catch {
    throw new ConfigurationError(`${flag}: the file ${path} has no ${what} in PEM.`);
  }
}
