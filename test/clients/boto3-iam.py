"""
Makes users, groups, roles and policies, looks at them page by page, asks what they may do, and takes them away again, in the way
of somebody who sets up an account by a script. boto3 checks the answers against its model of the API. Argument: the endpoint;
credentials of a root user are in the environment.
"""
import json
import sys
import boto3

iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1")
sts = boto3.client("sts", endpoint_url=sys.argv[1], region_name="us-east-1")
account = sts.get_caller_identity()["Account"]
PULL = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"


def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def pages(operation, member, size=2, **arguments):
    """What a list has, in pages of so many; none but the last is shorter."""
    found = list(iam.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": size}))
    assert all(len(page[member]) == size for page in found[:-1]), found
    return [it for page in found for it in page[member]]


def refused(error, call, **arguments):
    try:
        call(**arguments)
    except iam.exceptions.ClientError as it:
        assert it.response["Error"]["Code"] == error, it
    else:
        raise AssertionError(f"not refused: {arguments}")


# Users, with tags and keys.
names = [f"user-{number}" for number in range(5)]
for name in names:
    made = iam.create_user(UserName=name, Path="/people/", Tags=[{"Key": "team", "Value": "one"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{account}:user/people/{name}", made
refused("EntityAlreadyExists", iam.create_user, UserName="USER-0")
assert [it["UserName"] for it in pages("list_users", "Users", PathPrefix="/people/")] == names
iam.tag_user(UserName=names[0], Tags=[{"Key": "cost", "Value": "7"}])
iam.untag_user(UserName=names[0], TagKeys=["team"])
assert iam.list_user_tags(UserName=names[0])["Tags"] == [{"Key": "cost", "Value": "7"}]
iam.update_user(UserName=names[4], NewUserName="renamed", NewPath="/robots/")
names[4] = "renamed"
key = iam.create_access_key(UserName=names[0])["AccessKey"]
robot = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
themselves = boto3.client("sts", endpoint_url=sys.argv[1], region_name="us-east-1", **robot)
assert themselves.get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/people/{names[0]}"
iam.update_access_key(UserName=names[0], AccessKeyId=key["AccessKeyId"], Status="Inactive")
refused("InvalidClientTokenId", themselves.get_caller_identity)

# Policies with versions.
app = f"arn:aws:ecr:us-east-1:{account}:repository/app"
policies = [
    iam.create_policy(PolicyName=f"policy-{number}", PolicyDocument=document(Action="ecr:PutImage", Resource=app))["Policy"]["Arn"]
    for number in range(3)
]
found = pages("list_policies", "Policies", Scope="Local")
assert [it["Arn"] for it in found] == policies, found
new = iam.create_policy_version(PolicyArn=policies[0], PolicyDocument=document(Action="ecr:*", Resource=app), SetAsDefault=True)
assert new["PolicyVersion"]["VersionId"] == "v2", new
assert [it["VersionId"] for it in pages("list_policy_versions", "Versions", 1, PolicyArn=policies[0])] == ["v2", "v1"]
old = iam.get_policy_version(PolicyArn=policies[0], VersionId="v1")["PolicyVersion"]
assert old["Document"]["Statement"][0]["Action"] == "ecr:PutImage" and not old["IsDefaultVersion"], old
refused("DeleteConflict", iam.delete_policy_version, PolicyArn=policies[0], VersionId="v2")
iam.delete_policy_version(PolicyArn=policies[0], VersionId="v1")

# Groups, what is attached to them, and who is in them.
iam.create_group(GroupName="developers")
for name in names:
    iam.add_user_to_group(GroupName="developers", UserName=name)
assert sorted(it["UserName"] for it in pages("get_group", "Users", GroupName="developers")) == sorted(names)
for arn in [PULL, *policies]:
    iam.attach_group_policy(GroupName="developers", PolicyArn=arn)
attached = pages("list_attached_group_policies", "AttachedPolicies", GroupName="developers")
assert sorted(it["PolicyArn"] for it in attached) == sorted([PULL, *policies]), attached
iam.put_group_policy(GroupName="developers", PolicyName="own", PolicyDocument=document(Action="ecr:ListImages", Resource="*"))
assert pages("list_group_policies", "PolicyNames", GroupName="developers") == ["own"]
entities = iam.list_entities_for_policy(PolicyArn=policies[1])
assert [it["GroupName"] for it in entities["PolicyGroups"]] == ["developers"] and entities["PolicyUsers"] == [], entities
refused("DeleteConflict", iam.delete_group, GroupName="developers")

# What a member of the group may do.
source = f"arn:aws:iam::{account}:user/people/{names[1]}"
asked = ["ecr:BatchGetImage", "ecr:DeleteRepository", "iam:CreateUser"]
results = pages("simulate_principal_policy", "EvaluationResults", PolicySourceArn=source, ActionNames=asked, ResourceArns=[app])
assert [it["EvalDecision"] for it in results] == ["allowed", "allowed", "implicitDeny"], results
iam.put_user_permissions_boundary(UserName=names[1], PermissionsBoundary=PULL)
answer = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=asked[:2], ResourceArns=[app])
assert [it["EvalDecision"] for it in answer["EvaluationResults"]] == ["allowed", "implicitDeny"], answer
iam.delete_user_permissions_boundary(UserName=names[1])

# Roles, whom they trust, and a session of one.
trust = document(Principal={"AWS": f"arn:aws:iam::{account}:user/people/{names[2]}"}, Action="sts:AssumeRole")
roles = [iam.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=trust, Path="/ci/")["Role"] for number in range(3)]
assert [it["Arn"] for it in pages("list_roles", "Roles", PathPrefix="/ci/")] == [it["Arn"] for it in roles]
refused("MalformedPolicyDocument", iam.create_role, RoleName="wrong", AssumeRolePolicyDocument=document(Action="*"))
iam.attach_role_policy(RoleName="role-0", PolicyArn=PULL)
iam.put_role_policy(RoleName="role-0", PolicyName="own", PolicyDocument=document(Action="ecr:PutImage", Resource=app))
assert iam.get_role_policy(RoleName="role-0", PolicyName="own")["PolicyDocument"]["Statement"][0]["Resource"] == app
iam.update_role(RoleName="role-0", Description="Builds", MaxSessionDuration=7200)
role = iam.get_role(RoleName="role-0")["Role"]
assert (role["Description"], role["MaxSessionDuration"]) == ("Builds", 7200), role
own = iam.create_access_key(UserName=names[2])["AccessKey"]
builder = boto3.client(
    "sts",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id=own["AccessKeyId"],
    aws_secret_access_key=own["SecretAccessKey"],
)
session = builder.assume_role(RoleArn=role["Arn"], RoleSessionName="build")["AssumedRoleUser"]
assert session["Arn"] == f"arn:aws:sts::{account}:assumed-role/role-0/build", session
refused("AccessDenied", builder.get_access_key_info, AccessKeyId=own["AccessKeyId"])

# All of it, in one answer of many pages.
details = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3})
seen = [it["UserName"] for page in details for it in page["UserDetailList"]]
assert sorted(seen) == sorted(names), seen
assert iam.get_account_summary()["SummaryMap"]["Roles"] == 3

# And away with it; what is still in use stays until it is not.
refused("DeleteConflict", iam.delete_user, UserName=names[0])
for name in names:
    for found in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=found["AccessKeyId"])
    iam.remove_user_from_group(GroupName="developers", UserName=name)
    iam.delete_user(UserName=name)
refused("DeleteConflict", iam.delete_policy, PolicyArn=policies[0])
for arn in [PULL, *policies]:
    iam.detach_group_policy(GroupName="developers", PolicyArn=arn)
iam.delete_group_policy(GroupName="developers", PolicyName="own")
iam.delete_group(GroupName="developers")
for arn in policies:
    iam.delete_policy(PolicyArn=arn)
refused("DeleteConflict", iam.delete_role, RoleName="role-0")
iam.detach_role_policy(RoleName="role-0", PolicyArn=PULL)
iam.delete_role_policy(RoleName="role-0", PolicyName="own")
for role in roles:
    iam.delete_role(RoleName=role["RoleName"])
refused("NoSuchEntity", iam.get_role, RoleName="role-0")
assert not (pages("list_users", "Users") or pages("list_groups", "Groups") or pages("list_policies", "Policies", Scope="Local"))
