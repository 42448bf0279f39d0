"""Stack operations with polling of our own: boto3's waiters wait 30 seconds between two looks."""

import time

TIMEOUT = 60  # seconds; an operation takes less than one


class StackFailed(Exception):
    """An operation ended otherwise than hoped for; the message has CloudFormation's reasons."""


class Stack:
    def __init__(self, cloud, name):
        self._cloudformation = cloud.cloudformation
        self.name = name

    def create(self, template, **parameters):
        self._cloudformation.create_stack(**self._request(template, parameters))
        self._wait_for("CREATE_COMPLETE")

    def update(self, template, until="UPDATE_COMPLETE", **parameters):
        self._cloudformation.update_stack(**self._request(template, parameters))
        self._wait_for(until)

    def delete(self):
        self._id = self._describe()["StackId"]  # a deleted stack is found by its id only
        self._cloudformation.delete_stack(StackName=self.name)
        self._wait_for("DELETE_COMPLETE", self._id)

    def outputs(self):
        return {o["OutputKey"]: o["OutputValue"] for o in self._describe().get("Outputs", [])}

    def resources(self):
        """Logical id -> (type, physical id)."""
        answer = self._cloudformation.describe_stack_resources(StackName=self.name)
        return {
            r["LogicalResourceId"]: (r["ResourceType"], r.get("PhysicalResourceId", ""))
            for r in answer["StackResources"]
        }

    def physical_id(self, logical_id):
        return self.resources()[logical_id][1]

    def _request(self, template, parameters):
        return {
            "StackName": self.name,
            "TemplateBody": template,
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        }

    def _describe(self, name=None):
        return self._cloudformation.describe_stacks(StackName=name or self.name)["Stacks"][0]

    def _wait_for(self, wanted, name=None):
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            status = self._describe(name)["StackStatus"]
            if status == wanted:
                return
            if not status.endswith("_IN_PROGRESS"):
                raise StackFailed(f"stack {self.name} is {status}\n{self._reasons(name)}")
            time.sleep(0.05)
        raise StackFailed(f"stack {self.name} did not reach {wanted} within {TIMEOUT} s")

    def _reasons(self, name):
        events = self._cloudformation.describe_stack_events(StackName=name or self.name)["StackEvents"]
        return "\n".join(
            f"  {e['LogicalResourceId']}: {e['ResourceStatusReason']}"
            for e in events
            if e.get("ResourceStatusReason") and e["ResourceStatus"].endswith("FAILED")
        )
