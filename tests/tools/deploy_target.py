"""Says which stack of which account and region `make deploy` is about to change, and asks, before anything is built.

    python -m tools.deploy_target ENVIRONMENT [--stack NAME] [--delete]

`make delete` says it by the same words and leaves the question to sam, which has one of its own.

Region and credentials are those that sam takes with this environment of samconfig.toml. Only on a terminal is there
somebody to ask; elsewhere the environments of `UNASKED` go on, and the others end here. Exit status 1 and a sentence,
or 0.
"""

import argparse
import sys
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound

from tools.paths import REPOSITORY

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

UNASKED = ("ci", "local")
OF_AWS = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # which its types do not know yet

NO_REGION = """\
no region says where to deploy to
hint: set AWS_REGION, or `region` of your profile (`aws configure set region eu-west-1`)"""
NO_LOCAL_CLOUD = """\
the environment local is for a cloud on this machine, and this would deploy to AWS
hint: set AWS_ENDPOINT_URL to where it listens, or choose ENVIRONMENT=dev"""
NO_CREDENTIALS = """\
no credentials say whose account to deploy to
hint: log in with `aws login` or `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"""


class Stopped(Exception):
    """Nothing is deployed, and why."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("environment")
    parser.add_argument("--stack", help="in place of the one that samconfig.toml names")
    parser.add_argument("--delete", action="store_true", help="the stack is about to go")
    arguments = parser.parse_args()
    try:
        settings = _settings(arguments.environment)
        stack = arguments.stack or settings["stack_name"]
        print(_told(arguments.environment, stack, settings, arguments.delete), flush=True)
        if not arguments.delete and arguments.environment not in UNASKED:
            _ask()
    except Stopped as why:
        sys.exit(f"error: {why}")


def _settings(environment: str) -> Mapping[str, str]:
    """What sam takes from samconfig.toml. An environment that is not in there, sam takes for one without settings."""
    environments = tomllib.loads((REPOSITORY / "samconfig.toml").read_text())
    del environments["version"]
    if environment not in environments:
        known = ", ".join(sorted(environments))
        raise Stopped(f"samconfig.toml has no environment {environment!r}\nhint: ENVIRONMENT is one of {known}")
    commands = environments[environment]
    merged: dict[str, str] = {}
    for command in ("global", "deploy"):
        merged |= commands.get(command, {}).get("parameters", {})
    return merged


def _told(environment: str, stack: str, settings: Mapping[str, str], delete: bool) -> str:
    """The stack, and what is to become of it, and where; whoever may not look at it may not deploy it either."""
    try:
        session = boto3.session.Session(profile_name=settings.get("profile"), region_name=settings.get("region"))
    except ProfileNotFound as missing:
        raise Stopped(f"{missing}\nhint: `aws configure list-profiles` shows those that there are") from missing
    if not session.region_name:
        raise Stopped(NO_REGION)
    cloudformation = session.client("cloudformation")
    endpoint = cloudformation.meta.endpoint_url
    of_aws = session.client("cloudformation", config=OF_AWS).meta.endpoint_url
    if environment == "local" and endpoint == of_aws:
        raise Stopped(NO_LOCAL_CLOUD)
    try:
        caller = session.client("sts").get_caller_identity()
        deed = _deed(cloudformation, stack, delete)
    except NoCredentialsError as missing:
        raise Stopped(NO_CREDENTIALS) from missing
    except (BotoCoreError, ClientError) as failed:
        raise Stopped(f"AWS does not say whose account this is\n  {failed}") from failed
    lines = [f"about to {deed} the stack {stack}"]
    lines += [f"  account  {caller['Account']}", f"  region   {session.region_name}", f"  as       {caller['Arn']}"]
    lines += [] if endpoint == of_aws else [f"  at       {endpoint}"]
    return "\n".join(lines)


def _deed(cloudformation: "CloudFormationClient", stack: str, delete: bool) -> str:
    try:
        cloudformation.describe_stacks(StackName=stack)
        return "delete" if delete else "update"
    except ClientError as refused:
        if not str(refused).endswith("does not exist"):
            raise
        if delete:
            where = cloudformation.meta.region_name
            raise Stopped(
                f"there is no stack {stack} in {where}\nhint: is it the region, and the account?"
            ) from refused
        return "create"


def _ask() -> None:
    if not (sys.stdin and sys.stdin.isatty()):
        raise Stopped("nobody is here to ask whether to go on\nhint: ENVIRONMENT=ci deploys without a question")
    try:
        answer = input("go on? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise Stopped("not deployed")


if __name__ == "__main__":
    main()
