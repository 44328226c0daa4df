/** AWS: quotas of an organisation. (Organizations User Guide, quotas) */
export const UNIT_DEPTH_MAX = 5;
export const UNITS_MAX = 2_000;
export const CONTROL_POLICIES_MAX = 2_000;
/** AWS: service control policies that one root, unit or account may have. */
export const CONTROL_POLICIES_ATTACHED_MAX = 5;
/** AWS: characters of a service control policy. */
export const CONTROL_POLICY_LENGTH_MAX = 10_240;
/** AWS begins with ten and raises it for who asks. */
export const ACCOUNTS_MAX = 10_000;
export const ORGANISATION_TAGS_MAX = 50;
export const TRUSTED_SERVICES_MAX = 200;
/** AWS: a page of any list has at most 20, and has them when nobody asks for fewer. (API model, MaxResults) */
export const ORGANISATION_PAGE_SIZE_MAX = 20;
/** AWS: the status of a request to create an account can be seen for 90 days. (API reference, ListCreateAccountStatus) */
export const ACCOUNT_REQUEST_DAYS = 90;
