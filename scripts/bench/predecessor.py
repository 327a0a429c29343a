# What the predecessor of this project does with the bytes, operation by operation, with the libraries
# that it loads, so that it can be measured beside dm:
#
#   predecessor.py prepare FILE [OLD_KEY]   hash; upload to staging; download the old version; sqldiff, twice
#   predecessor.py pull KEY FILE            download; hash
#   predecessor.py publish FROM_KEY TO_KEY  copy inside the store, from staging to production
#
# The endpoint is in BENCH_ENDPOINT, the keys are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
import hashlib
import importlib
import os
import subprocess
import sys
import tempfile

import boto3

for name in ("typer", "rich.progress", "rich.table", "dotenv", "dateutil.parser", "prompt_toolkit"):
    try:
        importlib.import_module(name)
    except ImportError:
        pass  # Not installed here: it then starts a little faster than it would.


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(8192), b""):
            digest.update(block)
    return digest.hexdigest()


def prepare(store, new, old_key=None):
    key = f"staging-uploads/{sha256(new)}.sqlite"
    store.upload_file(new, "staging", key)
    if old_key is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        old = os.path.join(folder, "old.sqlite")
        store.download_file("production", old_key, old)
        for options in ([], ["--summary"]):
            subprocess.run(["sqldiff", *options, old, new], check=True, capture_output=True)


def pull(store, key, path):
    store.download_file("production", key, path)
    sha256(path)


def publish(store, source, target):
    store.copy_object(CopySource={"Bucket": "staging", "Key": source}, Bucket="production", Key=target)


verb, *words = sys.argv[1:]
client = boto3.client("s3", endpoint_url=os.environ["BENCH_ENDPOINT"], region_name="us-east-1")
{"prepare": prepare, "pull": pull, "publish": publish}[verb](client, *words)
