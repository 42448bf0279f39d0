"""Says which stack of which account and region `make deploy` is about to change, and asks, before anything is built.

    python -m tools.deploy_target ENVIRONMENT [--stack NAME]

Region and credentials are those that sam takes with this environment of samconfig.toml. Only on a terminal is there
somebody to ask; elsewhere the environments of `UNASKED` go on, and the others end here. Exit status 1 and a sentence,
or 0.
"""

import argparse
import sys
import tomllib
from collections.abc import Mapping

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound

from tools.paths import REPOSITORY

UNASKED = ("ci", "local")

NO_REGION = """\
no region says where to deploy to
hint: set AWS_REGION, or `region` of your profile (`aws configure set region eu-west-1`)"""
NO_CREDENTIALS = """\
no credentials say whose account to deploy to
hint: log in with `aws login` or `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"""


class Stopped(Exception):
    """Nothing is deployed, and why."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("environment")
    parser.add_argument("--stack", help="in place of the one that samconfig.toml names")
    arguments = parser.parse_args()
    try:
        settings = _settings(arguments.environment)
        stack = arguments.stack or settings["stack_name"]
        print(_told(stack, settings), flush=True)
        if arguments.environment not in UNASKED:
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


def _told(stack: str, settings: Mapping[str, str]) -> str:
    """The stack, and what is to become of it; whoever may not look at it may not deploy it either."""
    try:
        session = boto3.session.Session(profile_name=settings.get("profile"), region_name=settings.get("region"))
    except ProfileNotFound as missing:
        raise Stopped(f"{missing}\nhint: `aws configure list-profiles` shows those that there are") from missing
    if not session.region_name:
        raise Stopped(NO_REGION)
    try:
        caller = session.client("sts").get_caller_identity()
        try:
            session.client("cloudformation").describe_stacks(StackName=stack)
            deed = "update"
        except ClientError as refused:
            if not str(refused).endswith("does not exist"):
                raise
            deed = "create"
    except NoCredentialsError as missing:
        raise Stopped(NO_CREDENTIALS) from missing
    except (BotoCoreError, ClientError) as failed:
        raise Stopped(f"AWS does not say whose account this is\n  {failed}") from failed
    lines = [f"about to {deed} the stack {stack}"]
    lines += [f"  account  {caller['Account']}", f"  region   {session.region_name}", f"  as       {caller['Arn']}"]
    return "\n".join(lines)


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
