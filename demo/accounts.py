"""The demo of the sign-up and login application: its stack on a local cloud, people who sign up and log in as curl
does, what is stored of them, and its pages for a browser on this machine.

Every claim is checked; the first that does not hold ends the demo with exit status 1.
"""

import argparse
import http.client
import json
import signal
import sys
import urllib.parse
from pathlib import Path
from typing import Any

from story import Broken, Story
from tools import accounts_app, ministack
from tools.accounts_app import Application
from tools.ministack import Cloud
from tools.paths import TARGET
from tools.stacks import StackFailed

GOOD = "tulpe kran ofen mond"
OTHER = "fluss nagel birne takt"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, default=TARGET / "release", help="the folder of the two functions")
    parser.add_argument("--stay", action="store_true", help="keep the pages open until Ctrl-C")
    arguments = parser.parse_args()
    story = Story()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without stopping the cloud
    try:
        with ministack.running(host=accounts_app.HOST) as cloud:
            story.say(f"A cloud on this machine: ministack at {cloud.endpoint}, on loopback alone")
            application = accounts_app.deploy(cloud, arguments.binaries)
            _tell(story, cloud, application)
            if arguments.stay:
                story.say(f"\nOpen {application.address('signup')} in a browser on this machine. Ctrl-C ends it.")
                signal.pause()
    except (Broken, StackFailed) as failure:
        story.say(f"\nBROKEN: {failure}")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _tell(story: Story, cloud: Cloud, application: Application) -> None:
    with story.step("Somebody signs up, and logs in"):
        story.claim("Signup Success", _post(application, "signup", "margarete", GOOD) == (200, "Signup Success"))
        story.claim("Login Success", _post(application, "login", "margarete", GOOD) == (200, "Login Success"))
    with story.step("Nobody else does"):
        failed = (200, "Login Failed")
        story.claim("a wrong password: Login Failed", _post(application, "login", "margarete", OTHER) == failed)
        story.claim("an unknown name: the same", _post(application, "login", "nobody", OTHER) == failed)
        story.claim("the same name again: 409", _post(application, "signup", "margarete", OTHER)[0] == 409)
        story.claim("a password of many: 409", _post(application, "signup", "anna", "passwordpassword")[0] == 409)
        tries = [_post(application, "login", "bert", OTHER)[0] for _ in range(6)]
        story.claim("a sixth try in a row has to wait: 429", tries == [200] * 5 + [429])
    with story.step("What is stored is worth nothing by itself"):
        [item] = cloud.dynamodb.scan(TableName=application.outputs()["AccountsTable"])["Items"]
        story.fact("attributes", ", ".join(sorted(item)))
        story.note("Mac is what a key of KMS that nobody can read made of the password's Argon2id hash.")
        story.claim("no password, and no hash of one", GOOD not in str(item))


def _post(application: Application, page: str, user: str, password: str) -> tuple[int, str]:
    address = urllib.parse.urlsplit(application.plain_address(page))
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    form = urllib.parse.urlencode({"uname": user, "password": password})
    connection.request("POST", address.path, form, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    body: dict[str, Any] = json.loads(answer.read())
    return answer.status, body["status"]


if __name__ == "__main__":
    sys.exit(main())
