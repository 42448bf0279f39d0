"""Judges passwords by what AWS's own pages say: reads "engine<TAB>password" lines, fails on one that is not acceptable.

The rules are written down here a second time, from the documentation inside botocore's service models, which is asked
whether it still says so; where a model has a pattern or a length limit of its own, that is applied as well. With a hyphen none may begin: whoever
is handed it as an argument would take it for an option.
"""

import collections
import html
import re
import sys

try:
    import botocore.session
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

NO_QUOTES_OR_SLASH = r'(?!.*[/"@])'

# engine: (the whole password, the model's member, phrases that its documentation must contain)
RULES = {
    'mysql': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,41}',
        'rds CreateDBInstance MasterUserPassword',
        ['RDS for MySQL - Must contain from 8 to 41 characters', 'except "/", """, or "@"'],
    ),
    'mariadb': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,41}',
        'rds CreateDBInstance MasterUserPassword',
        ['RDS for MariaDB - Must contain from 8 to 41 characters'],
    ),
    'postgres': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,128}',
        'rds CreateDBInstance MasterUserPassword',
        ['RDS for PostgreSQL - Must contain from 8 to 128 characters'],
    ),
    'aurora-mysql': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,41}',
        'rds CreateDBCluster MasterUserPassword',
        ['Must contain from 8 to 41 characters', 'except "/", """, or "@"'],
    ),
    'aurora-postgresql': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,41}',
        'rds CreateDBCluster MasterUserPassword',
        ['Must contain from 8 to 41 characters'],
    ),
    'oracle': (
        r'''(?!.*[/"@&'])[!-~]{8,30}''',
        'rds CreateDBInstance MasterUserPassword',
        ['RDS for Oracle - Must contain from 8 to 30 characters', '''can't include the "&" (ampersand) or the "'"'''],
    ),
    'sqlserver': (
        NO_QUOTES_OR_SLASH + r'(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[!-~]{8,128}',
        'rds CreateDBInstance MasterUserPassword',
        ['RDS for Microsoft SQL Server - Must contain from 8 to 128 characters'],
    ),
    'db2': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,255}',
        'rds CreateDBInstance MasterUserPassword',
        ['RDS for Db2 - Must contain from 8 to 255 characters'],
    ),
    'redshift': (
        r'''(?!.*['"\\/@])(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[!-~]{8,64}''',
        'redshift CreateCluster MasterUserPassword',
        ['between 8 and 64 characters', 'at least one uppercase letter', 'one number', 'ASCII code 33-126'],
    ),
    'docdb': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,100}',
        'docdb CreateDBCluster MasterUserPassword',
        ['from 8 to 100 characters', 'except forward slash (/), double quote ("), or the "at" symbol (@)'],
    ),
    'elasticache': (
        r'[A-Za-z0-9!&#$^<>-]{16,128}',
        'elasticache CreateReplicationGroup AuthToken',
        ['at least 16 characters and no more than 128', 'are !, &, #, $, ^, <, >, and -'],
    ),
    'memorydb': (r'[A-Za-z0-9!&#$^<>-]{16,128}', 'memorydb CreateUser AuthenticationMode Passwords', []),
    'opensearch': (
        r'(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[^A-Za-z0-9])[!-~]{8,128}',
        'opensearch CreateDomain AdvancedSecurityOptions MasterUserOptions MasterUserPassword',
        [],
    ),
    'mq': (
        r'(?!.*[,:=])[!-~]{12,250}',
        'mq CreateUser Password',
        ['at least 12 characters', 'at least 4 unique characters', 'commas, colons, or equal signs (,:=)'],
    ),
    'directory-service': (r'(?i:(?!.*admin))[!-~]{8,64}', 'ds CreateMicrosoftAD Password', []),
    'timestream-influxdb': (r'[A-Za-z0-9]{8,64}', 'timestream-influxdb CreateDbInstance password', []),
    'vpn': (
        r'(?!0)[A-Za-z0-9._]{8,64}',
        'ec2 CreateVpnConnection Options TunnelOptions [] PreSharedKey',
        [
            'alphanumeric characters, periods (.), and underscores (_)',
            'between 8 and 64 characters',
            'cannot start with zero (0)',
        ],
    ),
    'cognito-client': (r'[A-Za-z0-9_+]{24,64}', 'cognito-idp AddUserPoolClientSecret ClientSecret', []),
    # Characters by Oracle's page on Autonomous Database ("Create Users on Autonomous Database").
    'odb': (
        r'(?i:(?!.*admin))(?!.*")(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[!-~]{12,30}',
        'odb CreateAutonomousDatabase adminPassword',
        ['The password for the ADMIN user'],
    ),
    'redshift-serverless': (
        r'''(?!.*['"\\/@])(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[!-~]{8,64}''',
        'redshift-serverless CreateNamespace adminUserPassword',
        [],
    ),
    'docdb-elastic': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,100}',
        'docdb-elastic CreateCluster adminUserPassword',
        ['from 8 to 100 characters', 'Cannot contain a forward slash (/), double quote ("), or the "at" symbol (@)'],
    ),
    'fsx-ontap': (
        r'(?=.*[A-Za-z])(?=.*[0-9])[!-~]{8,50}',
        'fsx CreateFileSystem OntapConfiguration FsxAdminPassword',
        ['NetApp ONTAP CLI'],
    ),
    'lightsail-mysql': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,41}',
        'lightsail CreateRelationalDatabase masterUserPassword',
        ['cannot contain spaces', 'except "/", """, or "@"', 'MySQL Constraints: Must contain from 8 to 41 characters'],
    ),
    'lightsail-postgres': (
        NO_QUOTES_OR_SLASH + r'[!-~]{8,128}',
        'lightsail CreateRelationalDatabase masterUserPassword',
        ['PostgreSQL Constraints: Must contain from 8 to 128 characters'],
    ),
    'tenant-database': (
        r'''(?!.*[/"@&'])[!-~]{8,30}''',
        'rds CreateTenantDatabase MasterUserPassword',
        ['Must be 8 to 30 characters', '''(/), double quote ("), at symbol (@), ampersand (&), or single quote (')'''],
    ),
}


def shape_of(session, member):
    service, operation, *path = member.split()
    shape = session.get_service_model(service).operation_model(operation).input_shape
    for name in path:
        shape = shape.member if name == '[]' else shape.members[name]
    return shape


def main():
    session = botocore.session.get_session()
    judges = {}
    for engine, (pattern, member, phrases) in RULES.items():
        shape = shape_of(session, member)
        text = html.unescape(re.sub(r'\s+', ' ', re.sub('<[^>]+>', '', shape.documentation)))
        for phrase in phrases:
            assert phrase in text, f'{member} does not say {phrase!r} any more: {text}'
        judges[engine] = (re.compile(pattern), shape.metadata)

    judged = collections.Counter()
    for line in sys.stdin:
        engine, password = line.rstrip('\n').split('\t')
        pattern, metadata = judges[engine]
        fits = pattern.fullmatch(password) and not password.startswith('-')
        fits = fits and metadata.get('min', 0) <= len(password) <= metadata.get('max', 4096)
        fits = fits and re.search(metadata.get('pattern', ''), password)
        fits = fits and (engine != 'mq' or len(set(password)) >= 4)
        assert fits, f'{engine} would refuse {password}'
        judged[engine] += 1
    for engine in RULES:
        print(engine, judged[engine])


main()
