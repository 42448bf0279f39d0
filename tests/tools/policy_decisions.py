"""What IAM says to requests, conditions included: the evaluator of ministack, asked with the context that AWS would
give it, which ministack itself leaves out where it serves a request.

`python -m tools.policy_decisions` reads a list of {"policy", "keyPolicy", "principal", "action", "resource", "context"}
from standard input, `keyPolicy` only where the resource is a key, and prints a list of true and false.
"""

import json
import sys
from typing import Any

from ministack.core import iam_evaluator


def is_allowed(asked: dict[str, Any]) -> bool:
    """Whether the role's policy allows it, and the key's as well where there is one."""
    principal: str = asked["principal"]
    context = iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=principal.split(":")[4],
        action=asked["action"],
        resource_arn=asked["resource"],
        region="eu-west-1",
        source_ip="192.0.2.1",
        secure_transport=True,
        service_context={name.lower(): value for name, value in asked["context"].items()},
    )
    policies = [iam_evaluator.parse_policy_document(asked["policy"])]
    if iam_evaluator.evaluate(context, policies).decision != "Allow":
        return False
    key_policy = asked.get("keyPolicy")
    return key_policy is None or iam_evaluator.evaluate_resource_policy(key_policy, context).decision == "Allow"


if __name__ == "__main__":
    print(json.dumps([is_allowed(asked) for asked in json.load(sys.stdin)]))
