"""Pushes an image of random bytes through the API of ECR, pulls it, compares it and deletes it. Exits non-zero when anything differs."""
import hashlib, json, os, sys, urllib.request
import boto3
from botocore.exceptions import ClientError

ecr = boto3.client("ecr", endpoint_url=sys.argv[1], region_name="us-east-1")
repository = "boto3/one"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def push(data, part_size):
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    for first in range(0, len(data), part_size):
        part = data[first : first + part_size]
        last = first + len(part) - 1
        answer = ecr.upload_layer_part(
            repositoryName=repository, uploadId=upload, partFirstByte=first, partLastByte=last, layerPartBlob=part
        )
        assert answer["lastByteReceived"] == last, answer
    done = ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest_of(data)])
    assert done["layerDigest"] == digest_of(data), done


def descriptor(media_type, data):
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


created = ecr.create_repository(repositoryName=repository)["repository"]
assert created["registryId"] == "000000000000", created

layer = os.urandom(11 * 1024 * 1024 + 1)
config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]}}).encode()
availability = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[digest_of(layer)])
assert availability["layers"][0]["layerAvailability"] == "UNAVAILABLE", availability
push(layer, 5 * 1024 * 1024)
push(config, 5 * 1024 * 1024)
manifest = json.dumps({
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": descriptor("application/vnd.oci.image.config.v1+json", config),
    "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
})
digest = digest_of(manifest.encode())
for tag in ["v1", "v2", "v3"]:
    ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=tag)

for identifier in [{"imageTag": "v1"}, {"imageDigest": digest}]:
    image = ecr.batch_get_image(repositoryName=repository, imageIds=[identifier])["images"][0]
    assert image["imageManifest"] == manifest, image
for data in [layer, config]:
    url = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=digest_of(data))["downloadUrl"]
    assert urllib.request.urlopen(url).read() == data

pages = ecr.get_paginator("list_images").paginate(repositoryName=repository, PaginationConfig={"PageSize": 1})
tags = sorted(image["imageTag"] for page in pages for image in page["imageIds"])
assert tags == ["v1", "v2", "v3"], tags
details = ecr.describe_images(repositoryName=repository)["imageDetails"]
assert len(details) == 1 and details[0]["imageDigest"] == digest, details
assert details[0]["imagePushedAt"].tzinfo is not None

missing = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": "none"}])["failures"]
assert missing[0]["failureCode"] == "ImageNotFound", missing
assert ecr.batch_delete_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])["failures"] == []
ecr.delete_repository(repositoryName=repository)
try:
    ecr.list_images(repositoryName=repository)
    raise SystemExit("the repository is still there")
except ClientError as error:
    assert error.response["Error"]["Code"] == "RepositoryNotFoundException", error
