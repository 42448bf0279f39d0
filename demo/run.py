"""The demo: template.yaml on a local cloud, a stack that gets its database password from it, and what follows.

Every claim is checked; the first that does not hold ends the demo with exit status 1.
"""

import argparse
import base64
import json
import pathlib
import signal
import sys

from tools import ministack, pair
from tools.stacks import Stack, StackFailed
from tools.paths import REPOSITORY
from story import Broken, Story

CONSUMER = (REPOSITORY / "demo/consumer.yaml").read_text()


def main():
    arguments = _arguments()
    story = Story()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without stopping the engine
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
    def __init__(self, story, cloud, arguments):
        self.story = story
        self.cloud = cloud
        self.arguments = arguments
        self.shop = Stack(cloud, "shop")
        self.passwords = []  # every value the database ever had, to look for where it must not be

    def tell(self):
        self.story.say(f"A cloud on this machine: {self.cloud.endpoint} (ministack), region {ministack.REGION}")
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

    def deploy(self):
        with self.story.step("The pair: template.yaml, deployed once per account"):
            self.pair = pair.deploy(self.cloud, self.arguments.binaries)
            outputs = self.pair.outputs()
            self.table, self.key = outputs["TableName"], outputs["KeyArn"]
            self.getter = outputs["GetterArn"]
            self.story.fact("generator", outputs["GeneratorArn"])
            self.story.fact("getter", self.getter)
            self.story.fact("table", self.table)
            self.story.fact("key", self.key)

    def create(self):
        with self.story.step("A stack asks for a secret and gives it to its database"):
            self.shop.create(CONSUMER)
            self.database = self.shop.physical_id("Database")
            self.first = self._see_password()
            self.story.fact("DbSecret", self.first)
            self.story.fact("Database", f"{self.database}, user {self._database()['MasterUsername']}")

    def look_at_what_is_stored(self):
        with self.story.step("What is stored: ciphertext"):
            record = self._version(self.first)
            for name in ("StackName", "Env", "Ciphertext"):
                self.story.fact(name, _short(record[name]["S"]))
            context = {k: v["S"] for k, v in record["EncryptionContext"]["M"].items()}
            self.story.fact("Context", ", ".join(f"{k}={v}" for k, v in sorted(context.items())))
            self.story.claim("the password is nowhere in the table", self.passwords[-1] not in str(self._items()))
            self.story.claim(
                "the database's password is the one that the key decrypts",
                self._decrypt(record, context) == self.passwords[-1],
            )
            self.story.claim("it is 32 characters long", len(self.passwords[-1]) == 32)
            if self.arguments.reveal:
                self.story.fact("password", self.passwords[-1])
            else:
                self.story.say("   (make demo REVEAL=1 shows it)")

    def update(self):
        with self.story.step("An update that has nothing to do with the secret"):
            self.shop.update(CONSUMER, Team="blue")
            self.story.claim("the database has its new tag", self._team() == "blue")
            self.story.claim("the secret is the same version", self._see_password() == self.first)
            self.story.claim("the password is the same", self.passwords[-1] == self.passwords[0])

    def rotate(self):
        with self.story.step("A rotation: RotationTrigger changes, and nothing else"):
            self.shop.update(CONSUMER, Team="blue", RotationTrigger="second")
            self.second = self._see_password()
            self.story.fact("DbSecret", self.second)
            self.story.claim("it is a new version", self.second != self.first)
            self.story.claim("the database has a new password", self.passwords[-1] != self.passwords[0])

    def roll_back(self):
        with self.story.step("A rotation in an update that fails: CloudFormation rolls back"):
            rolled_back = "UPDATE_ROLLBACK_COMPLETE"
            self.shop.update(CONSUMER, rolled_back, Team="blue", RotationTrigger="third", Fail="yes")
            before = self.passwords[-1]
            self.story.claim("the secret is the version from before", self._see_password() == self.second)
            self.story.claim("the database has the password from before", self.passwords[-1] == before)
            self.story.claim("the getter gives the same", self._get()["password"] == before)

    def delete(self):
        with self.story.step("The stack is deleted"):
            self.shop.delete()
            versions = [item for item in self._items() if "Ciphertext" in item]
            self.story.claim("nothing active is left", all("ExpiresAt" in version for version in versions))
            self.story.claim("the getter gives it to nobody", self._get() is None)
            self.story.fact("restorable", f"{len(versions)} version(s), until the table's TTL removes them")

    def delete_the_pair(self):
        with self.story.step("The pair is deleted, too"):
            self.pair.delete()
            self.story.claim("the table is still there", self.table in self.cloud.dynamodb.list_tables()["TableNames"])
            state = self.cloud.kms.describe_key(KeyId=self.key)["KeyMetadata"]["KeyState"]
            self.story.claim("the key is still in use", state == "Enabled")

    def look_for_leaks(self):
        with self.story.step("Where the passwords are not"):
            seen = {"the functions' logs": self._logs()}
            if not self.arguments.reveal:
                seen["this output"] = "\n".join(self.story.told)
            for place, text in seen.items():
                leaked = any(password in text for password in self.passwords)
                self.story.claim(f"{place}: {len(text.splitlines())} lines, none of them there", not leaked)

    def _see_password(self):
        """Remembers what the database's password now is and says which version of the secret that is."""
        name = self.shop.physical_id("Witness")
        self.passwords.append(self.cloud.ssm.get_parameter(Name=name)["Parameter"]["Value"])
        return self.shop.physical_id("DbSecret")

    def _get(self):
        """What a direct invocation of the getter returns; None if it refuses."""
        event = json.dumps({"StackName": self.shop.name, "Env": "prod"})
        answer = self.cloud.functions.invoke(FunctionName=self.getter, Payload=event)
        return None if "FunctionError" in answer else json.load(answer["Payload"])

    def _items(self):
        return self.cloud.dynamodb.scan(TableName=self.table, ConsistentRead=True)["Items"]

    def _version(self, secret_id):
        """The stored version that an id (table/stack/env/name@version.tag) names."""
        number = int(secret_id.rpartition("@")[2].partition(".")[0])
        key = {"StackName": {"S": self.shop.name}, "Env": {"S": f"prod#{number:019}"}}
        return self.cloud.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]

    def _decrypt(self, record, context):
        blob = base64.b64decode(record["Ciphertext"]["S"])
        answer = self.cloud.kms.decrypt(CiphertextBlob=blob, EncryptionContext=context, KeyId=self.key)
        return answer["Plaintext"].decode()

    def _database(self):
        return self.cloud.rds.describe_db_instances(DBInstanceIdentifier=self.database)["DBInstances"][0]

    def _team(self):
        return {tag["Key"]: tag["Value"] for tag in self._database()["TagList"]}.get("team")

    def _logs(self):
        groups = self.cloud.logs.describe_log_groups()["logGroups"]
        events = (self.cloud.logs.filter_log_events(logGroupName=g["logGroupName"])["events"] for g in groups)
        return "\n".join(event["message"] for group in events for event in group)


_NEXT = """
That was a cloud of tin; it is gone again. For a real account:

   make deploy                   # the pair, as stack cfn-secrets, into the account of your AWS credentials
   aws cloudformation deploy --stack-name shop --template-file examples/rds-mysql.yaml
"""


def _short(text):
    return text if len(text) <= 60 else f"{text[:44]}... ({len(text)} characters)"


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, default=REPOSITORY / "target/release",
                        help="the folder with generator and getter (default: target/release)")
    parser.add_argument("--reveal", action="store_true", help="show the password")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
