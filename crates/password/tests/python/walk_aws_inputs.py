"""Walks botocore's models of every service for inputs that take a secret, and holds each to what the table says fits it.

On stdin comes JSON: `tables`, each a list of rows (service, members, recipe), and `made`, which has secrets of every recipe.
Each table is judged in a line: an input without a row is wrong, a row without an input, and a secret that breaks an input's
pattern or length.
"""

import json
import re
import sys

try:
    import botocore.session
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

SECRET = re.compile(
    r'(password|passwd|passphrase|secret|auth_?token|oauthtoken|presharedkey|psk|authkey|sharedkey|apikey|appkey|'
    r'appskey|nwkkey|nwkskey|secretkey|privatekey|hostkey|accesskey)s?$',
    re.IGNORECASE,
)

# What is inside the patterns of the models and no part of Python's regular expressions, for ASCII.
JAVA = {
    r'\p{LD}': '[0-9A-Za-z]',
    r'\p{Punct}': r'[!-/:-@\[-`{-~]',
    r'[^\p{Cc}]': r'[^\x00-\x1f\x7f]',
    r'\uD800\uDC00-\uDBFF\uDFFF': '',
}

WORDS = ('outside', 'never')


def inputs(session):
    """(service, member): constraints, each a pattern or none, the shortest and the longest."""
    found = {}

    def walk(shape, name, above, service):
        if shape.type_name == 'structure' and shape.name not in above:
            for member, inner in shape.members.items():
                walk(inner, member, above | {shape.name}, service)
        elif shape.type_name == 'list':
            walk(shape.member, name, above, service)
        elif shape.type_name == 'string' and SECRET.search(name) and not shape.enum:
            limits = shape.metadata
            constraint = (limits.get('pattern'), limits.get('min', 0), limits.get('max', 1 << 31))
            found.setdefault((service, name), set()).add(constraint)

    for service in session.get_available_services():
        model = session.get_service_model(service)
        for operation in model.operation_names:
            if shape := model.operation_model(operation).input_shape:
                walk(shape, '', frozenset(), service)
    return found


def compiled(pattern):
    # One model writes the slashes that JavaScript has round a regular expression into it.
    pattern = re.sub(r'^/(.*)/$', r'\1', pattern or '(?s:.*)')
    for java, python in JAVA.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def check(where, constraint, recipe, secrets):
    pattern, shortest, longest = constraint
    judge = compiled(pattern)
    assert secrets, f'nothing was made of {recipe}'
    broken = [s for s in secrets if not (judge.fullmatch(s) and shortest <= len(s) <= longest)]
    limits = f'{pattern or "any characters"}, {shortest} to {longest}'
    assert not broken, (
        f'{where} wants {limits}, and {len(broken)} of {len(secrets)} secrets of {recipe} break it, such as {broken[0]!r}: '
        'give it another recipe in aws_inputs.tsv, or an engine of its own in engine/table.rs'
    )


def judge(found, rows, made):
    recipes = {(service, member): recipe for service, members, recipe in rows for member in members.split()}
    missing = sorted(' '.join(key) for key in found.keys() - recipes.keys())
    assert not missing, (
        f'inputs of AWS without a row in aws_inputs.tsv: {", ".join(missing)}. See what each wants in the service\'s API '
        'reference, and add a row with the recipe that fits, or outside, or never'
    )
    gone = sorted(' '.join(key) for key in recipes.keys() - found.keys())
    assert not gone, f'rows in aws_inputs.tsv without an input of AWS, take them out: {", ".join(gone)}'
    held = 0
    for (service, member), constraints in sorted(found.items()):
        recipe = recipes[service, member]
        if recipe not in WORDS:
            for constraint in constraints:
                check(f'{service} {member}', constraint, recipe, made[recipe])
                held += 1
    return f'{len(found)} inputs, {held} constraints held'


def main():
    given = json.load(sys.stdin)
    found = inputs(botocore.session.get_session())
    for rows in given['tables']:
        try:
            print(judge(found, rows, given['made']))
        except AssertionError as error:
            print(str(error).replace('\n', ' '))


main()
