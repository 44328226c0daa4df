import { parseBasicCredentials } from "../../identity/basic-credentials.ts";
import { createBoundedCache } from "../../identity/bounded-cache.ts";
import type { Identity, VerifiedToken } from "../../identity/identity.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { AUTHORIZATIONS_KEPT_LENGTH_MAX, CREDENTIALS_CACHED_MAX } from "../../kernel/limits.ts";
import type { Region } from "../../kernel/names.ts";

/** ECR: `docker login` and every client after it say this name; the token is the password. */
const USER_NAME = "AWS";

/**
 * Who stands behind a request's `Authorization: Basic`. Throws NotAuthorizedException for none, a garbled or a dead one,
 * ExpiredTokenException, and InvalidParameterException for a token that was issued in another region.
 */
export type Authenticate = (header: string | undefined, region: Region) => Promise<VerifiedToken>;

export function createAuthenticate(identity: Identity): Authenticate {
  // Docker sends the same header with every request, and taking it apart costs more than looking up who that is.
  const passwords = createBoundedCache<string>(CREDENTIALS_CACHED_MAX, {
    size_max: AUTHORIZATIONS_KEPT_LENGTH_MAX,
    sizeOf: (password, header) => password.length + header.length,
  });
  return async (header = "", region) => {
    const known = passwords.get(header);
    const password = known ?? readPassword(header);
    const token = await identity.verifyToken(password);
    // Only of somebody whom we know: a stranger must not be able to push others' out.
    if (known === undefined) passwords.set(header, password);
    // ECR: a token of another region is a 400 at /v2/. (aws-cli#5317, aws-cli#4962)
    if (token.region !== undefined && token.region !== region) {
      const text = `The authorization token is for ${token.region} and not for ${region}.`;
      throw new RegistryError("InvalidParameterException", text);
    }
    return token;
  };
}

function readPassword(header: string): string {
  const credentials = parseBasicCredentials(header);
  if (credentials?.username !== USER_NAME) throw new RegistryError("NotAuthorizedException", "Not Authorized");
  return credentials.password;
}
