"""The demo: template.yaml on a local cloud, a stack that gets its database password from it, and what follows.

Every claim is checked; the first that does not hold ends the demo with exit status 1.
"""

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from story import Broken, Story
from tools import ministack, pair, records
from tools.ministack import Cloud
from tools.paths import CONSUMER, REPOSITORY, TARGET
from tools.records import SecretId
from tools.stacks import Stack, StackFailed

if TYPE_CHECKING:
    from types_boto3_rds.type_defs import DBInstanceTypeDef


def main() -> int:
    arguments = _arguments()
    story = Story()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without stopping the cloud
    try:
        with ministack.running() as cloud:
            _Demo(story, cloud, arguments).tell()
    except Broken:
        return 1
    except StackFailed as failure:
        story.say(f"\nBROKEN: {failure}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


class _Demo:
    def __init__(self, story: Story, cloud: Cloud, arguments: argparse.Namespace) -> None:
        self.story = story
        self.cloud = cloud
        self.binaries: Path = arguments.binaries
        self.reveal: bool = arguments.reveal
        self.shop = Stack(cloud, "shop")
        self.template = CONSUMER.read_text()
        self.passwords: list[str] = []  # of the database, as they were seen

    def tell(self) -> None:
        self.story.say(f"A cloud on this machine: ministack at {self.cloud.endpoint}, region {ministack.REGION}")
        self.deploy()
        self.create()
        self.look_at_what_is_stored()
        self.update()
        self.rotate()
        self.roll_back()
        self.delete()
        self.delete_the_pair()
        self.look_for_leaks()
        self.story.say(_NEXT)

    def deploy(self) -> None:
        with self.story.step("The pair: template.yaml, deployed once per account and region"):
            self.pair = pair.deploy(self.cloud, self.binaries)
            outputs = self.pair.outputs()
            self.table, self.key = outputs["TableName"], outputs["KeyArn"]
            self.story.fact("generator", outputs["GeneratorArn"])
            self.story.fact("getter", outputs["GetterArn"])
            self.story.fact("table", self.table)
            self.story.fact("key", self.key)

    def create(self) -> None:
        with self.story.step("A stack asks for a secret and gives it to its database"):
            self.shop.create(self.template)
            self.database = self.shop.physical_id("Database")
            self.first = self._see_password()
            self.story.fact("template", str(CONSUMER.relative_to(REPOSITORY)))
            self.story.fact("DbSecret", self.first)
            self.story.note(
                "the id of this version: table/stack/env/name@version, and a tag of the request that made it"
            )
            self.story.fact("Database", f"{self.database}, user {self._instance()['MasterUsername']}")
            self.story.note(
                "RDS shows nobody its password. Where a claim below speaks of the database's password, it was read "
                "from the SSM parameter Witness, which has the same Fn::GetAtt in the template: for the demo alone."
            )

    def look_at_what_is_stored(self) -> None:
        with self.story.step("What is stored: ciphertext"):
            item = records.read(self.cloud, SecretId.parse(self.first))
            self.story.fact("StackName", f"{item['StackName']['S']} (partition key)")
            self.story.fact("Env", f"{item['Env']['S']} (sort key: env prod, version 1 with leading zeros)")
            self.story.fact("Ciphertext", _short(item["Ciphertext"]["S"]))
            context = sorted(records.context(item).items())
            self.story.fact("Context", f"{', '.join(f'{k}={v}' for k, v in context)} (KMS decrypts under no other)")
            self.story.claim("the password is nowhere in the table", self.passwords[-1] not in str(self._items()))
            self.story.claim(
                "what the key decrypts is the database's password",
                records.decrypt(self.cloud, item) == self.passwords[-1],
            )
            self.story.claim("it is 32 characters long", len(self.passwords[-1]) == 32)
            if self.reveal:
                self.story.fact("password", self.passwords[-1])
            else:
                self.story.note("(make demo REVEAL=1 shows it)")

    def update(self) -> None:
        with self.story.step("An update that has nothing to do with the secret"):
            self.shop.update(self.template, Team="blue")
            self.story.claim("the database has its new tag", self._team() == "blue")
            self.story.claim("the secret is the same version", self._see_password() == self.first)
            self.story.claim("the database's password is the same", self.passwords[-1] == self.passwords[0])

    def rotate(self) -> None:
        with self.story.step("A rotation: RotationTrigger changes, and nothing else"):
            self.shop.update(self.template, Team="blue", RotationTrigger="second")
            self.second = self._see_password()
            self.story.fact("DbSecret", self.second)
            self.story.claim("it is a new version", self.second != self.first)
            self.story.claim("the database has a new password", self.passwords[-1] != self.passwords[0])

    def roll_back(self) -> None:
        with self.story.step("A rotation in an update that fails: CloudFormation rolls back"):
            rolled_back = "UPDATE_ROLLBACK_COMPLETE"
            self.shop.update(self.template, rolled_back, Team="blue", RotationTrigger="third", Fail="yes")
            before = self.passwords[-1]
            self.story.claim("the secret is the version from before", self._see_password() == self.second)
            self.story.claim("the database has the password from before", self.passwords[-1] == before)
            self.story.claim("the getter gives the same password", (self._get() or {})["password"] == before)

    def delete(self) -> None:
        with self.story.step("The stack is deleted"):
            self.story.note(
                "This template lets its secret go with the stack. Those of examples/ that take a last snapshot of a "
                "database retain it, because the snapshot needs the password."
            )
            self.shop.delete()
            items = self._items()
            versions = sum("Ciphertext" in item for item in items)
            self.story.claim("the getter refuses to give the password", self._get() is None)
            self.story.claim(
                f"each of its {versions} versions expires: until then an operator can restore it, "
                "then the table's TTL erases it",
                records.are_expiring(items),
            )

    def delete_the_pair(self) -> None:
        with self.story.step("The pair is deleted, too"):
            self.pair.delete()
            tables = self.cloud.dynamodb.list_tables()["TableNames"]
            self.story.claim("its table stays, with what can be restored", self.table in tables)
            state = self.cloud.kms.describe_key(KeyId=self.key)["KeyMetadata"]["KeyState"]
            self.story.claim("its key stays, and is enabled", state == "Enabled")

    def look_for_leaks(self) -> None:
        versions = [item for item in self._items() if "Ciphertext" in item]
        passwords = {records.decrypt(self.cloud, item) for item in versions}
        with self.story.step(f"Where the {len(passwords)} passwords that were ever made are not"):
            seen = {"what the functions logged": self._logs()}
            if not self.reveal:
                seen["what this demo printed"] = "\n".join(self.story.told)
            for place, text in seen.items():
                lines = len(text.splitlines())
                leaked = any(password in text for password in passwords)
                self.story.claim(f"{place} has {lines} lines, and no password in any of them", lines and not leaked)

    def _see_password(self) -> str:
        """Remembers what the database's password now is and says which version of the secret that is."""
        self.passwords.append(self.cloud.parameter(self.shop.physical_id("Witness")))
        return self.shop.physical_id("DbSecret")

    def _get(self) -> dict[str, str] | None:
        return self.pair.get(StackName=self.shop.name, Env="prod")

    def _items(self) -> "list[records.Item]":
        return records.scan(self.cloud, self.table)

    def _instance(self) -> "DBInstanceTypeDef":
        return self.cloud.rds.describe_db_instances(DBInstanceIdentifier=self.database)["DBInstances"][0]

    def _team(self) -> str | None:
        return {tag["Key"]: tag["Value"] for tag in self._instance()["TagList"]}.get("team")

    def _logs(self) -> str:
        groups = self.cloud.logs.describe_log_groups()["logGroups"]
        events = (self.cloud.logs.filter_log_events(logGroupName=g["logGroupName"])["events"] for g in groups)
        return "\n".join(event["message"] for group in events for event in group)


_NEXT = f"""
The local cloud is gone again, with everything in it. For an account, in the region of your AWS configuration:

   cd {REPOSITORY}
   make deploy                   # the pair, as stack cfn-secrets
   aws cloudformation deploy --stack-name shop --template-file examples/rds-mysql.yaml   # in the same region
"""


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:44]}... ({len(text)} characters)"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--binaries",
        type=Path,
        default=TARGET / "release",
        help="the folder with generator and getter (default: target/release)",
    )
    parser.add_argument("--reveal", action="store_true", help="show the password")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
