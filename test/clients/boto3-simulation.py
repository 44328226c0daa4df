"""
Gives a user less than it wants, and asks IAM's simulator and the decisions of the server about it. boto3 checks the answers
against its model of the API. Argument: the endpoint; credentials of a root user are in the environment. Prints the request's id.
"""
import json
import sys
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen
import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

arguments = {"endpoint_url": sys.argv[1], "region_name": "us-east-1"}
iam = boto3.client("iam", **arguments)
account = boto3.client("sts", **arguments).get_caller_identity()["Account"]
app = f"arn:aws:ecr:us-east-1:{account}:repository/app"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", **it} for it in statements]})


user = iam.create_user(UserName="ann")["User"]
office = {"Sid": "Office", "Action": "ecr:DescribeRepositories", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=policy(office))
iam.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly")

source = {"PolicySourceArn": user["Arn"]}
names = ["ecr:BatchGetImage", "ecr:PutImage", "ecr:DescribeRepositories"]
answer = iam.simulate_principal_policy(**source, ActionNames=names, ResourceArns=[app])
pull, push, describe = answer["EvaluationResults"]
assert (pull["EvalDecision"], push["EvalDecision"], describe["EvalDecision"]) == ("allowed", "implicitDeny", "implicitDeny"), answer
assert pull["MatchedStatements"][0]["SourcePolicyId"] == "AmazonEC2ContainerRegistryPullOnly", pull
assert pull["MatchedStatements"][0]["EndPosition"]["Line"] >= 1 and pull["EvalDecisionDetails"] == {}, pull
assert describe["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:SourceIp"], describe

entry = {"ContextKeyName": "aws:SourceIp", "ContextKeyValues": ["192.0.2.7"], "ContextKeyType": "ip"}
pages = iam.get_paginator("simulate_principal_policy").paginate(
    **source, ActionNames=names, ContextEntries=[entry], PaginationConfig={"PageSize": 1}
)
decisions = [it["EvalDecision"] for page in pages for it in page["EvaluationResults"]]
assert decisions == ["allowed", "implicitDeny", "allowed"], decisions
assert iam.get_context_keys_for_principal_policy(**source)["ContextKeyNames"] == ["aws:SourceIp"]

custom = {"PolicyInputList": [policy({"Action": "ecr:*"}), policy({"Effect": "Deny", "Action": "ecr:Delete*"})]}
bound = {"PermissionsBoundaryPolicyInputList": [policy({"Action": "ecr:Get*"})]}
answer = iam.simulate_custom_policy(**custom, **bound, ActionNames=["ecr:DeleteRepository", "ecr:GetRepositoryPolicy", "ecr:PutImage"])
assert [it["EvalDecision"] for it in answer["EvaluationResults"]] == ["explicitDeny", "allowed", "implicitDeny"], answer
bounds = [it["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for it in answer["EvaluationResults"]]
assert bounds == [False, True, False], answer
assert iam.get_context_keys_for_custom_policy(PolicyInputList=[policy(office)])["ContextKeyNames"] == ["aws:SourceIp"]
for wrong in [{"PolicyInputList": ["{}"]}, {"PolicyInputList": custom["PolicyInputList"], "CallerArn": f"arn:aws:iam::{account}:role/x"}]:
    try:
        iam.simulate_custom_policy(**wrong, ActionNames=["ecr:PutImage"])
        raise AssertionError("it was simulated")
    except iam.exceptions.InvalidInputException:
        pass

key = iam.create_access_key(UserName="ann")["AccessKey"]
ann = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
try:
    boto3.client("ecr", **arguments, **ann).describe_repositories()
    raise AssertionError("ann described repositories")
except ClientError as error:
    assert error.response["Error"]["Code"] == "AccessDeniedException", error
    request_id = error.response["ResponseMetadata"]["RequestId"]


def explain(**body):
    """What ExplainDecision answers, which no SDK knows of."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Longshore_V20261101.ExplainDecision"}
    request = AWSRequest("POST", sys.argv[1] + "/", headers=headers, data=json.dumps(body).encode())
    SigV4Auth(boto3.Session().get_credentials(), "longshore", "us-east-1").add_auth(request)
    prepared = request.prepare()
    with urlopen(Request(prepared.url, prepared.body, dict(prepared.headers))) as answer:
        return json.load(answer)


# Another process of the server may have denied it, and writes it down within a second or so.
for attempt in range(50):
    try:
        answer = explain(requestId=request_id)
        break
    except HTTPError as error:
        assert "DecisionNotFoundException" in error.read().decode()
        time.sleep(0.1)
assert (answer["decision"], answer["principal"]) == ("implicitDeny", user["Arn"]), answer
asked = {"principalArn": user["Arn"], "action": "ecr:DescribeRepositories", "resource": app}
assert explain(**asked, context=[{"key": "aws:SourceIp", "values": ["192.0.2.1"]}])["decision"] == "allowed"
print(request_id)
