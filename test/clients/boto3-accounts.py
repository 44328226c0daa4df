"""
Makes the people, roles and repositories of four accounts, each by its own root user, through boto3. Arguments: the endpoint, and
the id of the organization. The profiles default (the central account), development, staging, production and outsider are the root users. Prints the
access keys of the people as JSON.
"""
import json, sys
import boto3

endpoint, organization = sys.argv[1:]
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage"]
READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
POWER_USER = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
keys = {}


def client(account, service):
    session = boto3.Session(profile_name=account, region_name="us-east-1")
    return session.client(service, endpoint_url=endpoint)


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def add_user(account, name, policy=None):
    iam = client(account, "iam")
    iam.create_user(UserName=name)
    if policy:
        iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys[name] = {"account": account, "accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}
    return iam


# Who publishes in the central account gets it by a group.
central = add_user("default", "paula")
central.create_group(GroupName="publishers")
central.attach_group_policy(GroupName="publishers", PolicyArn=POWER_USER)
central.add_user_to_group(GroupName="publishers", UserName="paula")

# Who manages its repositories may neither pull nor push.
manager = add_user("default", "mia")
management = {
    "Sid": "ECRRepositoryManagement",
    "Effect": "Allow",
    "Action": ["ecr:CreateRepository", "ecr:DeleteRepository", "ecr:DescribeRepositories", "ecr:SetRepositoryPolicy", "ecr:GetRepositoryPolicy"],
    "Resource": "arn:aws:ecr:*:123456789012:repository/*",
}
login = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"}
arn = manager.create_policy(PolicyName="management", PolicyDocument=document(management, login))["Policy"]["Arn"]
manager.attach_user_policy(UserName="mia", PolicyArn=arn)

add_user("development", "dana", READ_ONLY)
add_user("staging", "sam", READ_ONLY)
add_user("production", "pat", READ_ONLY)

# Somebody who may do everything in an account that is not of the organization.
outsider = add_user("outsider", "otto")
outsider.put_user_policy(UserName="otto", PolicyName="all", PolicyDocument=document({"Effect": "Allow", "Action": "*", "Resource": "*"}))

# The role that development pushes with, and who may take it.
builder = add_user("development", "bob")
trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::234567890123:user/bob"}, "Action": "sts:AssumeRole"}
builder.create_role(RoleName="ECR-Push-Role", AssumeRolePolicyDocument=document(trust))
builder.attach_role_policy(RoleName="ECR-Push-Role", PolicyArn=POWER_USER)

# The central repositories, and who of other accounts may do what.
ecr = client("default", "ecr")
for name in ["shared/base-images", "team-a/service"]:
    ecr.create_repository(repositoryName=name)
of_organization = {"StringEquals": {"aws:PrincipalOrgID": organization}}
pull = {"Sid": "OrganizationPull", "Effect": "Allow", "Principal": "*", "Action": PULL, "Condition": of_organization}
ecr.set_repository_policy(repositoryName="shared/base-images", policyText=document(pull))
roots = ["arn:aws:iam::234567890123:root", "arn:aws:iam::345678901234:root"]
statements = [
    {"Sid": "AllowCrossAccountPull", "Effect": "Allow", "Principal": {"AWS": roots}, "Action": PULL},
    {
        "Sid": "AllowCrossAccountPush",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::234567890123:role/ECR-Push-Role"},
        "Action": PUSH + PULL,
    },
]
ecr.set_repository_policy(repositoryName="team-a/service", policyText=document(*statements))
print(json.dumps(keys))
