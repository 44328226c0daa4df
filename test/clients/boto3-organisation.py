"""
Builds a small organisation beside what is there, walks it with boto3's paginators, and takes it away again. boto3 checks the
answers against its model of the API. Argument: the endpoint; credentials of the managing account are in the environment.
"""
import json
import sys
import boto3

org = boto3.client("organizations", endpoint_url=sys.argv[1], region_name="us-east-1")
root = org.list_roots()["Roots"][0]
CONTROL = "SERVICE_CONTROL_POLICY"


def pages(name, key, **arguments):
    paginator = org.get_paginator(name)
    whole = [it for page in paginator.paginate(**arguments) for it in page[key]]
    small = [it for page in paginator.paginate(**arguments, PaginationConfig={"PageSize": 1}) for it in page[key]]
    assert small == whole, name
    return whole


org.enable_policy_type(RootId=root["Id"], PolicyType=CONTROL)
try:
    org.enable_policy_type(RootId=root["Id"], PolicyType=CONTROL)
    raise AssertionError("it was enabled twice")
except org.exceptions.PolicyTypeAlreadyEnabledException:
    pass

unit = org.create_organizational_unit(ParentId=root["Id"], Name="Sandbox", Tags=[{"Key": "k", "Value": "v"}])["OrganizationalUnit"]
inner = org.create_organizational_unit(ParentId=unit["Id"], Name="Inner")["OrganizationalUnit"]
status = org.create_account(Email="sandbox@example.com", AccountName="sandbox")["CreateAccountStatus"]
status = org.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
assert status["State"] == "SUCCEEDED" and status["RequestedTimestamp"] == status["CompletedTimestamp"], status
account = status["AccountId"]
org.move_account(AccountId=account, SourceParentId=root["Id"], DestinationParentId=unit["Id"])

assert account in [it["Id"] for it in pages("list_accounts", "Accounts")]
assert [it["Id"] for it in pages("list_accounts_for_parent", "Accounts", ParentId=unit["Id"])] == [account]
assert [it["Id"] for it in pages("list_children", "Children", ParentId=unit["Id"], ChildType="ACCOUNT")] == [account]
assert [it["Id"] for it in pages("list_children", "Children", ParentId=unit["Id"], ChildType="ORGANIZATIONAL_UNIT")] == [inner["Id"]]
assert pages("list_parents", "Parents", ChildId=account) == [{"Id": unit["Id"], "Type": "ORGANIZATIONAL_UNIT"}]
assert unit["Id"] in [it["Id"] for it in pages("list_organizational_units_for_parent", "OrganizationalUnits", ParentId=root["Id"])]
assert status in pages("list_create_account_status", "CreateAccountStatuses")
tags = org.list_tags_for_resource(ResourceId=unit["Id"])["Tags"]
assert tags == [{"Key": "k", "Value": "v"}], tags

deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ecr:Delete*", "Resource": "*"}]}
policy = org.create_policy(Name="deny", Description="", Type=CONTROL, Content=json.dumps(deny))["Policy"]["PolicySummary"]
org.attach_policy(PolicyId=policy["Id"], TargetId=unit["Id"])
attached = pages("list_policies_for_target", "Policies", TargetId=unit["Id"], Filter=CONTROL)
assert [it["Name"] for it in attached] == ["FullAWSAccess", "deny"], attached
assert [it["Id"] for it in pages("list_policies", "Policies", Filter=CONTROL)] == [it["Id"] for it in attached]
assert [it["TargetId"] for it in pages("list_targets_for_policy", "Targets", PolicyId=policy["Id"])] == [unit["Id"]]

for refused, call in [
    (org.exceptions.InvalidInputException, lambda: org.describe_account(AccountId="1")),
    (org.exceptions.AccountNotFoundException, lambda: org.describe_account(AccountId="111111111111")),
    (org.exceptions.PolicyInUseException, lambda: org.delete_policy(PolicyId=policy["Id"])),
    (org.exceptions.MalformedPolicyDocumentException, lambda: org.update_policy(PolicyId=policy["Id"], Content="{}")),
    (org.exceptions.OrganizationalUnitNotEmptyException, lambda: org.delete_organizational_unit(OrganizationalUnitId=unit["Id"])),
]:
    try:
        call()
        raise AssertionError(f"{refused.__name__} was not raised")
    except refused:
        pass

org.detach_policy(PolicyId=policy["Id"], TargetId=unit["Id"])
org.delete_policy(PolicyId=policy["Id"])
org.remove_account_from_organization(AccountId=account)
org.delete_organizational_unit(OrganizationalUnitId=inner["Id"])
org.delete_organizational_unit(OrganizationalUnitId=unit["Id"])
org.disable_policy_type(RootId=root["Id"], PolicyType=CONTROL)
