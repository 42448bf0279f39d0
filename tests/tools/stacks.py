"""Stack operations with polling of our own: boto3's waiters wait 30 seconds between two looks."""

from typing import TYPE_CHECKING

from tools import processes
from tools.ministack import Cloud

if TYPE_CHECKING:
    from types_boto3_cloudformation.literals import CapabilityType
    from types_boto3_cloudformation.type_defs import ParameterTypeDef, StackTypeDef

CAPABILITIES: "list[CapabilityType]" = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
TIMEOUT = 60  # seconds; an operation takes less than one


class StackFailed(Exception):
    """An operation ended otherwise than hoped for; the message has CloudFormation's reasons."""


class Stack:
    """One stack by its name, whether it is there yet or not."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self._cloudformation = cloud.cloudformation
        self.name = name

    def create(self, template: str, **parameters: str) -> None:
        self._cloudformation.create_stack(
            StackName=self.name, TemplateBody=template, Parameters=_listed(parameters), Capabilities=CAPABILITIES
        )
        self._wait_for("CREATE_COMPLETE", self.name)

    def create_from(self, url: str, **parameters: str) -> None:
        """The same of a template in a bucket, which may be longer."""
        self._cloudformation.create_stack(
            StackName=self.name, TemplateURL=url, Parameters=_listed(parameters), Capabilities=CAPABILITIES
        )
        self._wait_for("CREATE_COMPLETE", self.name)

    def update(self, template: str, until: str = "UPDATE_COMPLETE", **parameters: str) -> None:
        self._cloudformation.update_stack(
            StackName=self.name, TemplateBody=template, Parameters=_listed(parameters), Capabilities=CAPABILITIES
        )
        self._wait_for(until, self.name)

    def delete(self) -> None:
        stack_id = self._describe(self.name)["StackId"]  # a deleted stack is found by its id only
        self._cloudformation.delete_stack(StackName=self.name)
        self._wait_for("DELETE_COMPLETE", stack_id)

    def outputs(self) -> dict[str, str]:
        return {o["OutputKey"]: o["OutputValue"] for o in self._describe(self.name).get("Outputs", [])}

    def resource_types(self) -> list[str]:
        """The type of each resource, in no order."""
        answer = self._cloudformation.describe_stack_resources(StackName=self.name)
        return [resource["ResourceType"] for resource in answer["StackResources"]]

    def physical_id(self, logical_id: str) -> str:
        answer = self._cloudformation.describe_stack_resources(StackName=self.name)
        [found] = [r["PhysicalResourceId"] for r in answer["StackResources"] if r["LogicalResourceId"] == logical_id]
        return found

    def _describe(self, name: str) -> "StackTypeDef":
        return self._cloudformation.describe_stacks(StackName=name)["Stacks"][0]

    def _wait_for(self, wanted: str, name: str) -> None:
        def is_over() -> bool:
            return not self._describe(name)["StackStatus"].endswith("_IN_PROGRESS")

        if not processes.wait_until(is_over, TIMEOUT):
            raise StackFailed(f"stack {self.name} did not reach {wanted} within {TIMEOUT} s")
        status = self._describe(name)["StackStatus"]
        if status != wanted:
            raise StackFailed(f"stack {self.name} is {status}\n{self._reasons(name)}")

    def _reasons(self, name: str) -> str:
        events = self._cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(
            f"  {e['LogicalResourceId']}: {e['ResourceStatusReason']}"
            for e in events
            if e.get("ResourceStatusReason") and e["ResourceStatus"].endswith("FAILED")
        )


def _listed(parameters: dict[str, str]) -> "list[ParameterTypeDef]":
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
