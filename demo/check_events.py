"""Sends every file of events/ to its function, as `sam local invoke` would, in the order in which they tell a story."""

import json
import pathlib
import sys

import engine
import package

EVENTS = package.REPOSITORY / "events"
TABLE = "cfn-secrets"  # what the ids in the events name

# Each event and a part of its answer.
STORY = {
    "generator-create": {"Status": "SUCCESS", "Version": "1"},
    "getter-create": {"Status": "SUCCESS", "Version": "1"},
    "generator-update": {"Status": "SUCCESS", "Version": "1"},
    "generator-rotate": {"Status": "SUCCESS", "Version": "2", "PreviousVersion": "1"},
    "getter-update": {"Status": "SUCCESS", "Version": "2"},
    "getter-direct": {"Version": "2"},
    "getter-delete": {"Status": "SUCCESS"},
    "generator-delete": {"Status": "SUCCESS"},
    "generator-create-2016": {"Status": "SUCCESS", "Env": "test"},
    "getter-create-2016": {"Status": "SUCCESS", "Version": "1"},
    "generator-direct": {"StackName": "by-hand", "Version": "1"},
    "generator-malformed-property": {"Status": "FAILED", "PhysicalResourceId": "cfn-secrets/not-created"},
    "generator-malformed-no-url": {"DeliveryError": "there is nowhere to send the answer: there is no URL"},
    "getter-malformed-secret-id": {"Status": "FAILED", "PhysicalResourceId": "cfn-secrets/not-created"},
    "getter-malformed-not-an-object": {"errorType": "InvocationFailed"},
}


def main(binaries):
    assert set(STORY) == {path.stem for path in EVENTS.glob("*.json")}
    with engine.running() as cloud:
        outputs = package.deploy(cloud, binaries).outputs()
        functions = {"generator": outputs["GeneratorArn"], "getter": outputs["GetterArn"]}
        _create_table(cloud)
        for function in functions.values():
            _make_local(cloud, function)
        for name, expected in STORY.items():
            event = (EVENTS / f"{name}.json").read_bytes()
            answer = cloud.functions.invoke(FunctionName=functions[name.split("-")[0]], Payload=event)
            answer = json.load(answer["Payload"])
            answer = {**answer.pop("Data", {}), **answer}
            for key, value in expected.items():
                if answer.get(key) != value:
                    sys.exit(f"events/{name}.json: {key} is {answer.get(key)!r}, not {value!r}")
            print(f"events/{name}.json: {', '.join(f'{k} {v}' for k, v in expected.items())}")


def _create_table(cloud):
    names = ("StackName", "HASH"), ("Env", "RANGE")
    cloud.dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in names],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in names],
    )


def _make_local(cloud, function):
    """Sets what `sam local invoke` sets: the response is then the return value, too."""
    variables = cloud.functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    variables |= {"TABLE_NAME": TABLE, "AWS_SAM_LOCAL": "true"}
    cloud.functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
