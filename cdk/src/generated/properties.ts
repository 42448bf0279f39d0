// Made from docs/generated-secret.schema.json, docs/secret.schema.json, docs/published-secret.schema.json, template.yaml: make cdk-properties.
import { SecretValue } from 'aws-cdk-lib';

/** The values of `FirstCharacter`. */
export enum FirstCharacter {
  LETTER = 'letter',
  ANY = 'any',
}

/** `GenerateSecretString` of `AWS::SecretsManager::Secret`, property for property. */
export interface GenerateSecretStringBlock {
  readonly excludeCharacters?: string;
  readonly excludeLowercase?: boolean;
  readonly excludeNumbers?: boolean;
  readonly excludePunctuation?: boolean;
  readonly excludeUppercase?: boolean;
  readonly generateStringKey?: string;
  readonly includeSpace?: boolean;
  readonly passwordLength?: number;
  readonly requireEachIncludedType?: boolean;
  readonly secretStringTemplate?: string;
}

/** The values of `KeyFormat`. */
export enum KeyFormat {
  OPENSSH = 'openssh',
  PKCS1 = 'pkcs1',
  PKCS8 = 'pkcs8',
  SEC1 = 'sec1',
}

/** The values of `Kind`. */
export enum Kind {
  PASSWORD = 'password',
  PASSPHRASE = 'passphrase',
  ALPHANUMERIC = 'alphanumeric',
  HEX = 'hex',
  BASE64 = 'base64',
  BASE64URL = 'base64url',
  UUID = 'uuid',
  RSA = 'rsa',
  ED25519 = 'ed25519',
  ECDSA_P256 = 'ecdsa-p256',
  ECDSA_P384 = 'ecdsa-p384',
}

/** The values of `OnConflict`. */
export enum OnConflict {
  REFUSE = 'refuse',
  ADOPT = 'adopt',
}

/** An entry of `Required`. */
export interface RequiredCharacters {
  /** Which characters; they become part of the password's own. */
  readonly alphabet: string;
  /** How many of them at least. */
  readonly count: number;
}

/** What a template may say of a `Custom::GeneratedSecret`. */
export interface GeneratedSecretProperties {
  /** Such as `prod`: the same stack can have a secret in each of several. */
  readonly env: string;
  /** Whether a secret of less than 64 bits of entropy is made, too. */
  readonly allowWeak?: boolean;
  /** The characters to choose from, in place of letters, digits and the hyphen. */
  readonly alphabet?: string;
  /** The size of `hex`, `base64` and `base64url` before encoding; 32 by default. */
  readonly bytes?: number;
  /** The same as base64 of a KMS ciphertext that was encrypted for this secret, so that nobody but KMS sees it. */
  readonly encryptedValue?: string;
  /** Bound to the ciphertext beside `StackName`, `Env`, `Name` and `Version`. Not secret. */
  readonly encryptionContext?: { [name: string]: string };
  /** What the password is for; it then fits. RDS's names, for Oracle, SQL Server and Db2 with or without edition. */
  readonly engine?: string;
  /** In bits, instead of a size: the shortest secret that has as much, a byte counted as eight. */
  readonly entropy?: number;
  /** Whether to do without characters that are easily taken for one another. */
  readonly excludeAmbiguous?: boolean;
  /** Characters that it must not have. */
  readonly excludeCharacters?: string;
  /** Whether to do without `a` to `z`. */
  readonly excludeLowercase?: boolean;
  /** Whether to do without `0` to `9`. */
  readonly excludeNumbers?: boolean;
  /** `true`: no hyphen either. `false`: all 32 punctuation characters, as far as the engine takes them. */
  readonly excludePunctuation?: boolean;
  /** Whether to do without `A` to `Z`. */
  readonly excludeUppercase?: boolean;
  /**
   * `letter` makes the first character one; `any` lets it be the hyphen, too, which it is not by default: programs
   * take such an argument for an option.
   */
  readonly firstCharacter?: FirstCharacter;
  /** The block of `AWS::SecretsManager::Secret` with its own defaults. `Engine` alone may stand beside it. */
  readonly generateSecretString?: GenerateSecretStringBlock;
  /** The field of `SecretStringTemplate` that the password is put into, where that has no placeholders. */
  readonly generateStringKey?: string;
  /** Whether the space may occur. */
  readonly includeSpace?: boolean;
  /**
   * How a private key is written: `pkcs8` (default), `openssh` (default of `ed25519`), `pkcs1` of `rsa` alone, `sec1`
   * of `ecdsa-*` alone.
   */
  readonly keyFormat?: KeyFormat;
  /**
   * A KMS key's id, ARN, alias or alias ARN. The pair's by default; others if the pair's `AdditionalKeyArns` has
   * them.
   */
  readonly keyId?: string;
  /**
   * The size of an `rsa` key in bits, 2048 by default. 3072 want a function of 512 MB: the parameter
   * `GeneratorMemorySize` of the pair.
   */
  readonly keySize?: number;
  /**
   * What is made. `hex`, `base64` and `base64url` are random bytes; of `rsa`, `ed25519` and `ecdsa-*` the private key
   * is the secret, and `!GetAtt` gives the public one. `password` by default.
   */
  readonly kind?: Kind;
  /** Tells apart several secrets of one stack and env; `default` by default. */
  readonly name?: string;
  /**
   * What to do if the current value belongs to somebody else: `refuse` (default), or `adopt` to take the value over.
   */
  readonly onConflict?: OnConflict;
  /** In characters, within the engine's limits; 32 by default, or the engine's maximum if that is less. */
  readonly passwordLength?: number;
  /** How long a deleted value can be restored. 0 erases at once. The pair's (30) by default. */
  readonly recoveryWindowInDays?: number;
  /** Whether each type of character that may occur does occur; `true` by default. */
  readonly requireEachIncludedType?: boolean;
  /** Characters of which the password must have so many. */
  readonly required?: RequiredCharacters[];
  /** A new value here, and nothing else, makes a new secret value. Up to 1024 bytes; empty by default. */
  readonly rotationTrigger?: string;
  /**
   * A JSON object as text, with `{{generate}}`, `{{generate:SIZE}}`, `{{generate:KIND}}`, `{{generate:KIND:SIZE}}` or
   * `{{generate:username:LENGTH}}` where a value is to be made, at any depth.
   */
  readonly secretStringTemplate?: string;
  /** The stack's own by default; another's only if the pair's `SharedStackNames` has it. */
  readonly stackName?: string;
  /** The pair's by default; others if the pair's `AdditionalTableArns` has them. */
  readonly tableName?: string;
  /** Whether to use only characters that a URL takes as they are. */
  readonly urlSafe?: boolean;
  /**
   * Makes a user name as well, which the password does not contain: the secret is then a JSON object with `username`
   * and `password`.
   */
  readonly usernameLength?: number;
  /** A value from outside, from a parameter with `NoEcho`; up to 300 000 bytes. Each request stores it anew. */
  readonly value?: SecretValue;
  /** The size of a `passphrase`, drawn from the long list of the Electronic Frontier Foundation; 6 by default. */
  readonly words?: number;
}

/** The values of `Stage`. */
export enum Stage {
  CURRENT = 'current',
  PREVIOUS = 'previous',
}

/** What a template may say of a `Custom::Secret`: either `secretId`, or the others that name a secret. */
export interface StoredSecretProperties {
  /** The attributes to give, where all would not fit into the 4096 bytes of an answer; all by default. */
  readonly attributes?: string[];
  /** As the generator's; needed where `SecretId` is left out. */
  readonly env?: string;
  /** As the generator's. */
  readonly name?: string;
  /**
   * `!Ref` of the generator's resource: exactly that version. A rotation changes it, and so CloudFormation runs the
   * getter again.
   */
  readonly secretId?: string;
  /** As the generator's. */
  readonly stackName?: string;
  /** `current` (default), or `previous`: the version before, while it is kept. Not together with `Version`. */
  readonly stage?: Stage;
  /** As the generator's. */
  readonly tableName?: string;
  /** A number; the current one by default. */
  readonly version?: number;
}

/** The values of `As`. */
export enum As {
  VALUE = 'value',
  FIELD = 'field',
  JSON = 'json',
  CREDENTIALS = 'credentials',
  RDS = 'rds',
}

/** The values of `Engine`. */
export enum Engine {
  POSTGRES = 'postgres',
  AURORA_POSTGRESQL = 'aurora-postgresql',
  MYSQL = 'mysql',
  AURORA_MYSQL = 'aurora-mysql',
  MARIADB = 'mariadb',
  ORACLE = 'oracle',
  ORACLE_EE = 'oracle-ee',
  ORACLE_EE_CDB = 'oracle-ee-cdb',
  ORACLE_SE2 = 'oracle-se2',
  ORACLE_SE2_CDB = 'oracle-se2-cdb',
  CUSTOM_ORACLE_EE = 'custom-oracle-ee',
  CUSTOM_ORACLE_EE_CDB = 'custom-oracle-ee-cdb',
  CUSTOM_ORACLE_SE2 = 'custom-oracle-se2',
  CUSTOM_ORACLE_SE2_CDB = 'custom-oracle-se2-cdb',
  SQLSERVER = 'sqlserver',
  SQLSERVER_EE = 'sqlserver-ee',
  SQLSERVER_SE = 'sqlserver-se',
  SQLSERVER_EX = 'sqlserver-ex',
  SQLSERVER_WEB = 'sqlserver-web',
  CUSTOM_SQLSERVER_EE = 'custom-sqlserver-ee',
  CUSTOM_SQLSERVER_SE = 'custom-sqlserver-se',
  CUSTOM_SQLSERVER_WEB = 'custom-sqlserver-web',
  DOCDB = 'docdb',
  MONGO = 'mongo',
  REDSHIFT = 'redshift',
  DB2 = 'db2',
  DB2_AE = 'db2-ae',
  DB2_SE = 'db2-se',
}

/** The values of `OnDrift`. */
export enum OnDrift {
  REFUSE = 'refuse',
  OVERWRITE = 'overwrite',
}

/** The values of `Tier`. */
export enum Tier {
  STANDARD = 'Standard',
  ADVANCED = 'Advanced',
}

/** A SecureString. */
export interface ParameterProperties {
  /**
   * The whole name, below one of the pair's `ParameterPrefixes`. Another one is another parameter: the old one is
   * removed.
   */
  readonly name: string;
  /**
   * A KMS key's id, ARN, alias or alias ARN; one of the pair's `PublishedKeyArns`. The account's `aws/ssm` by
   * default.
   */
  readonly keyId?: string;
  /** `Standard` (default) holds 4 KB, `Advanced` 8 KB and costs. It never goes back. */
  readonly tier?: Tier;
}

/** The values of `PortType`. */
export enum PortType {
  NUMBER = 'number',
  STRING = 'string',
}

/** A `TagProperty`. */
export interface TagProperty {
  readonly key: string;
  readonly value: SecretValue;
}

/** A secret of Secrets Manager. */
export interface SecretProperties {
  /** The name, below one of the pair's `SecretPrefixes`. Another one is another secret: the old one is removed. */
  readonly name: string;
  /** As the parameter's. The account's `aws/secretsmanager` by default. */
  readonly keyId?: string;
  /**
   * How long the copy can be restored after its removal: 7 to 30, or 0 (default) for not at all. The pair keeps the
   * secret itself for as long as it is told to. With `OnConflict: adopt` 30 by default.
   */
  readonly recoveryWindowInDays?: number;
  /** Tags of the secret alone. */
  readonly tags?: TagProperty[];
}

/** What a template may say of a `Custom::PublishedSecret`. */
export interface PublishedSecretProperties {
  /**
   * What is published: the whole `value` (default), one `field` of a secret that is a JSON object, all fields as flat
   * `json`, `credentials` (user name and password), or the object that AWS's rotation functions read, `rds`.
   */
  readonly as?: As;
  /** With `As: rds`: for the console. */
  readonly dbClusterIdentifier?: string;
  /** With `As: rds`: for the console. */
  readonly dbInstanceIdentifier?: string;
  /** With `As: rds`: the name of the database. Needed for Oracle. */
  readonly dbName?: string;
  /** With `As: rds`: the database's, by RDS's own names; editions are left out, and `docdb` becomes `mongo`. */
  readonly engine?: Engine;
  /** As the getter's. */
  readonly env?: string;
  /** With `As: json` or `rds`: further fields with these texts. Not secret. */
  readonly extra?: { [name: string]: string };
  /** With `As: field`: which one, with dots for fields inside others. */
  readonly field?: string;
  /**
   * With `As: json`: further fields, each the `!Ref` of a generated secret. `SecretId` and `Env` may then be left
   * out.
   */
  readonly fields?: { [name: string]: string };
  /** With `As: rds`: where the database is. */
  readonly host?: string;
  /** With `As: rds`: the secret of the user who may change this one's password. Needed for Db2. */
  readonly masterSecretArn?: string;
  /** As the getter's. */
  readonly name?: string;
  /** What to do if something else has the name: `refuse` (default), or `adopt` to publish as its next version. */
  readonly onConflict?: OnConflict;
  /** What to do if somebody else has changed or removed what was published: `refuse` (default) or `overwrite`. */
  readonly onDrift?: OnDrift;
  /** The SecureString of Parameter Store to publish as. This or `Secret` must be there, or both. */
  readonly parameter?: ParameterProperties;
  /** With `As: rds`. */
  readonly port?: number;
  /**
   * With `As: rds`: whether readers find the port as a `number` (default) or as a `string`, which the CSI driver
   * wants.
   */
  readonly portType?: PortType;
  /** The secret of Secrets Manager to publish as. */
  readonly secret?: SecretProperties;
  /**
   * `!Ref` of the generator's resource: exactly that version. A rotation changes it, and so CloudFormation runs the
   * publisher again.
   */
  readonly secretId?: string;
  /** With `As: rds`: whether TLS is a must; without it, rotation functions try both. */
  readonly ssl?: boolean;
  /** As the getter's. */
  readonly stackName?: string;
  /** As the getter's. */
  readonly stage?: Stage;
  /** As the getter's. */
  readonly tableName?: string;
  /** Tags of what is published, in the call that creates it. */
  readonly tags?: TagProperty[];
  /** With `As: credentials` or `rds`: the user name; by default the secret's own field `username`. */
  readonly username?: string;
  /** As the getter's. */
  readonly version?: number;
}

/** The values of `Architecture`. */
export enum Architecture {
  ARM64 = 'arm64',
  X86_64 = 'x86_64',
}

/** The values of `LogLevel`. */
export enum LogLevel {
  ERROR = 'error',
  WARN = 'warn',
  INFO = 'info',
  DEBUG = 'debug',
}

/** The values of `BillingMode`. */
export enum BillingMode {
  PAY_PER_REQUEST = 'PAY_PER_REQUEST',
  PROVISIONED = 'PROVISIONED',
}

/** The parameters of the pair's template. */
export interface PairParameters {
  /**
   * What the functions, the exports, the key's alias and the paths of the roles are called by, whatever the name of
   * this stack is. A second pair in this account and region needs another one. Never to be changed, since other
   * stacks hold it; over an existing key, the one that the key was made with.
   *
   * @default cfn-secrets
   */
  readonly pairName?: string;
  /** The only values of Env that this pair serves. Empty - all. */
  readonly allowedEnvs?: string[];
  /** Stack names that other stacks may ask for, too. Empty - each stack only for its own. */
  readonly sharedStackNames?: string[];
  /**
   * Other accounts whose stacks this pair serves. Their right to invoke the functions is given with aws lambda add-
   * permission. Empty - this account's alone.
   */
  readonly servedAccounts?: string[];
  /**
   * Other regions whose stacks this pair serves: beside a replica of the table, the region that writes. Empty - this
   * region's alone.
   */
  readonly servedRegions?: string[];
  /**
   * How long a deleted secret can be restored. 0 - erase at once.
   *
   * @default 30
   */
  readonly recoveryWindowInDays?: number;
  /** Further tables, of this account and region, that a request's TableName may name. */
  readonly additionalTableArns?: string[];
  /** Further keys, of this region, that a request's KeyId may name. Their own key policies must agree. */
  readonly additionalKeyArns?: string[];
  /** How names begin that the publisher may write in Parameter Store, such as /shop/. Empty - none. */
  readonly parameterPrefixes?: string[];
  /** The same of Secrets Manager, such as shop/, which is another one than /shop/. Both empty - no publisher. */
  readonly secretPrefixes?: string[];
  /** Keys, of this region, for the KeyId of what is published. Their own key policies must agree. */
  readonly publishedKeyArns?: string[];
  /**
   * Who may administer the key, without using it: a role or user of this account with which this stack is deployed,
   * since KMS refuses a policy that shuts out who makes the key. Empty - whom IAM lets in this account.
   */
  readonly keyAdministratorArn?: string;
  /**
   * Who may decrypt besides the getter and the roles under RolePath/PairName/reader/, if IAM lets them too. * and ?
   * are wildcards.
   */
  readonly readerArns?: string[];
  /**
   * Who may encrypt values for EncryptedValue besides the roles under RolePath/PairName/writer/, if IAM lets them
   * too. * and ? are wildcards.
   */
  readonly writerArns?: string[];
  /**
   * The path before PairName/generator/, PairName/getter/ and PairName/publisher/ of the roles. The key's policy
   * knows them by it; over an existing key, the one that the key was made with.
   *
   * @default /
   */
  readonly rolePath?: string;
  /** The permissions boundary of every role here. Empty - none. */
  readonly permissionsBoundaryArn?: string;
  /**
   * What the two binaries were built for.
   *
   * @default arm64
   */
  readonly architecture?: Architecture;
  /**
   * The generator's memory in MB, and with it its share of a processor. 512 for RSA keys of 3072 bits.
   *
   * @default 128
   */
  readonly generatorMemorySize?: number;
  /**
   * How long the getter keeps decrypted values in memory, for direct invocations only. 0 - not at all.
   *
   * @default 0
   */
  readonly cacheSeconds?: number;
  /**
   * How much memory that may take in each instance of the getter.
   *
   * @default 4096
   */
  readonly cacheKilobytes?: number;
  /**
   * No level shows a secret, an event or a response URL.
   *
   * @default info
   */
  readonly logLevel?: LogLevel;
  /**
   * How long CloudWatch keeps the functions' logs.
   *
   * @default 90
   */
  readonly logRetentionInDays?: number;
  /**
   * Subnets to run the functions in. They must reach KMS, DynamoDB, and the S3 buckets that CloudFormation listens
   * on. Empty - no VPC.
   */
  readonly subnetIds?: string[];
  /** Security groups of the functions in those subnets. */
  readonly securityGroupIds?: string[];
  /**
   * How the table is paid for.
   *
   * @default PAY_PER_REQUEST
   */
  readonly billingMode?: BillingMode;
  /**
   * Consistent reads of 4 KB a second, where provisioned.
   *
   * @default 1
   */
  readonly readCapacityUnits?: number;
  /**
   * Writes of 1 KB a second, where provisioned. A write in a transaction counts twice. A new secret takes 4.
   *
   * @default 1
   */
  readonly writeCapacityUnits?: number;
  /**
   * Whether DynamoDB refuses to delete the table.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
  /**
   * A region with a copy of the table (its consistency there is eventual), and a multi-Region key that its
   * administrator can replicate there. Only this region writes. To be chosen at the first deployment. A key cannot
   * become a multi-Region key, so CloudFormation refuses the update. Empty - none.
   */
  readonly replicaRegion?: string;
  /** Another region with a copy of the table. Empty - none. */
  readonly secondReplicaRegion?: string;
  /**
   * When AWS Backup copies the table into a vault with a key of its own, such as cron(0 3 * * ? *). Empty - never.
   */
  readonly backupSchedule?: string;
  /**
   * How long each of these copies is kept.
   *
   * @default 35
   */
  readonly backupRetentionInDays?: number;
  /**
   * The table (or bucket) that a deleted pair of this name has left, or that was restored from it, or a replica of
   * it. A global table must be of eventual consistency. A bucket keeps its policy and lifecycle. Empty - a new one.
   */
  readonly existingTableName?: string;
  /**
   * The key that a deleted pair of this name has left, in this account and region, or the replica of a multi-Region
   * key. It keeps its policy. Empty - a new one.
   */
  readonly existingKeyArn?: string;
  /**
   * Whether to do without the generator, as in the region of a replica: two regions that write to one table overwrite
   * each other's versions.
   *
   * @default false
   */
  readonly readOnly?: boolean;
}
