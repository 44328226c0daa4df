"""
Walks every paginator that this boto3 has for ECR in pages of two, and compares with the whole list; then its waiters.
Arguments: the endpoint, the repository that holds the images, the digest that has referrers, how many there are of everything.
"""
import sys
import boto3
from botocore.exceptions import ClientError, WaiterError

endpoint, repository, subject, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
ecr = boto3.client("ecr", endpoint_url=endpoint, region_name="us-east-1")
in_repository = {"repositoryName": repository}

ecr.get_waiter("lifecycle_policy_preview_complete").wait(**in_repository, WaiterConfig={"Delay": 1, "MaxAttempts": 30})

# For each operation its input, and how many items there are at least; None where there is nothing to list yet.
LISTS = {
    "describe_repositories": ({}, count),
    "describe_images": (in_repository, count),
    "list_images": (in_repository, count),
    "list_image_referrers": ({**in_repository, "subjectId": {"imageDigest": subject}}, count),
    "describe_pull_through_cache_rules": ({}, count),
    "describe_repository_creation_templates": ({}, count),
    "list_pull_time_update_exclusions": ({}, count),
    "get_lifecycle_policy_preview": (in_repository, count - 1),
    "describe_image_scan_findings": ({**in_repository, "imageId": {"imageDigest": subject}}, None),
    "list_replication_backfills": ({}, 0),
    "describe_replication_backfill_results": (None, None),
}

names = [boto3_name for boto3_name in ecr.meta.method_to_api_mapping if ecr.can_paginate(boto3_name)]
assert len(names) >= 5, names
for name in names:
    assert name in LISTS, f"boto3 has a paginator that this test does not know: {name}"
    arguments, least = LISTS[name]
    if least is None:
        continue
    paginator = ecr.get_paginator(name)
    key = paginator.result_keys[0].expression
    whole = [item for page in paginator.paginate(**arguments) for item in page[key]]
    pages = [page[key] for page in paginator.paginate(**arguments, PaginationConfig={"PageSize": 2})]
    assert [item for page in pages for item in page] == whole, name
    assert len(whole) >= least, (name, whole)
    assert all(len(page) <= 2 for page in pages), name
    assert whole == [] or all(pages), f"{name} answered an empty page"

try:
    ecr.get_waiter("image_scan_complete").wait(
        **in_repository, imageId={"imageDigest": subject}, WaiterConfig={"Delay": 1, "MaxAttempts": 1}
    )
    raise SystemExit("a scan that never was is said to be complete")
except (ClientError, WaiterError) as error:
    assert "ScanNotFoundException" in str(error), error
