import { parseBasicCredentials } from "../../identity/basic-credentials.ts";
import type { Identity } from "../../identity/identity.ts";
import type { Principal } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { Region } from "../../kernel/names.ts";

/** ECR: `docker login` and every client after it say this name; the token is the password. */
const USER_NAME = "AWS";

/**
 * Who stands behind a request's `Authorization: Basic`. Throws NotAuthorizedException for none, a garbled or a dead one,
 * ExpiredTokenException, and InvalidParameterException for a token that was issued in another region.
 */
export async function authenticate(identity: Identity, header: string | undefined, region: Region): Promise<Principal> {
  const credentials = parseBasicCredentials(header);
  if (credentials?.username !== USER_NAME) throw new RegistryError("NotAuthorizedException", "Not Authorized");
  const token = await identity.verifyToken(credentials.password);
  // ECR: a token of another region is a 400 at /v2/. (aws-cli#5317, aws-cli#4962)
  if (token.region !== undefined && token.region !== region) {
    throw new RegistryError("InvalidParameterException", `The authorization token is for ${token.region} and not for ${region}.`);
  }
  return token.principal;
}
