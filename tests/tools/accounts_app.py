"""The sign-up and login application as a stack on the local cloud, and where its pages are."""

from pathlib import Path

from tools import pair
from tools.ministack import Cloud
from tools.paths import REPOSITORY
from tools.stacks import Stack

TEMPLATE = REPOSITORY / "apps/accounts/template.yaml"
BUCKET = "accounts-code"
FUNCTIONS = {"accounts-signup": "AccountsSignupFunction", "accounts-login": "AccountsLoginFunction"}
HOST = "localhost"
"""What the names of the APIs end in: browsers look for them on this machine, and keep cookies for TLS alone there."""


class Application(Stack):
    """The stack `accounts`."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, "accounts")
        self._endpoint = cloud.endpoint

    def address(self, page: str) -> str:
        """Where a page is, for a browser."""
        port = self._endpoint.rsplit(":", 1)[1]
        return f"http://{self.outputs()['ApiId']}.execute-api.{HOST}:{port}/Prod/{page}"

    def plain_address(self, page: str) -> str:
        """The same for programs that do not know that every name under localhost is this machine."""
        return f"{self._endpoint}/_aws/execute-api/{self.outputs()['ApiId']}/Prod/{page}"


def create_tables_and_key(cloud: Cloud) -> str:
    """What the stack would have, for functions that run without it. Returns the key's ARN."""
    for table, key in (("Accounts", "userid"), ("Tries", "Subject"), ("Sessions", "TokenHash")):
        cloud.dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        )
    return cloud.kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]


def deploy(cloud: Cloud, binaries: Path) -> Application:
    """Creates the stack with the functions of the folder `binaries`."""
    template = TEMPLATE.read_text()
    cloud.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for name, function in FUNCTIONS.items():
        cloud.s3.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=pair.zipped(binaries / name))
        head, found, tail = template.partition(f"\n  {function}:\n    Type: AWS::Serverless::Function\n")
        template = head + found + tail.replace("CodeUri: ../..", f"CodeUri: s3://{BUCKET}/{name}.zip", 1)
    application = Application(cloud)
    application.create(template, Architecture=pair.architecture())
    return application
