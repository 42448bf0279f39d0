// What the constructs put into a template: node --test. The archives are stubs, and the template is the real one.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { App, CfnOutput, CfnParameter, RemovalPolicy, SecretValue, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Architecture, BillingMode, GeneratedSecret, Kind, PublishedSecret, SecretsPair, StoredSecret } from '../lib/index.js';
import type { GeneratedSecretProps, SecretsPairProps } from '../lib/index.js';
import { GENERATED_SECRET, PAIR, PUBLISHED_SECRET, STORED_SECRET } from '../lib/generated/shapes.js';
import type { Shape } from '../lib/shape.js';

const repository = path.join(import.meta.dirname, '../..');

// The translated template, and archives with nothing in them: what make test-cdk makes.
const archives = process.env.STUB_ARCHIVES!;

function stack(): Stack {
  return new Stack(new App({ analyticsReporting: false }), 'shop');
}

function pair(props: SecretsPairProps = {}): Template {
  const made = stack();
  new SecretsPair(made, 'Pair', { archives, ...props });
  return Template.fromStack(made);
}

function secret(props: Partial<GeneratedSecretProps> = {}, use = (_: GeneratedSecret) => {}): Template {
  const made = stack();
  use(new GeneratedSecret(made, 'Db', { env: 'prod', ...props }));
  return Template.fromStack(made);
}

function properties(schema: string): Record<string, { anyOf?: object[] }> {
  return JSON.parse(fs.readFileSync(path.join(repository, 'docs', schema), 'utf8')).properties;
}

test('a secret that somebody reads', (t) => {
  const made = secret({ engine: 'mysql', rotationTrigger: '2026-11' }, (db) => {
    new CfnOutput(db, 'Password', { value: db.password.unsafeUnwrap() });
    new CfnOutput(db, 'Id', { value: db.secretId });
  });
  t.assert.snapshot(made.toJSON());
});

test('every property of the schemas is a prop', () => {
  // What takes anything is CloudFormation's own, or to no effect.
  const takesAnything = ({ anyOf = [{}] }: { anyOf?: object[] }) => anyOf.some((one) => Object.keys(one).length === 0);
  const names = (shape: Shape) => Object.values(shape).map((of) => (typeof of === 'string' ? of : of[0]));
  const shapes = [
    ['generated-secret.schema.json', GENERATED_SECRET],
    ['secret.schema.json', STORED_SECRET],
    ['published-secret.schema.json', PUBLISHED_SECRET],
  ] as const;
  for (const [schema, shape] of shapes) {
    const wanted = Object.entries(properties(schema)).filter(([, of]) => !takesAnything(of));
    assert.deepEqual(names(shape).sort(), wanted.map(([name]) => name).sort(), schema);
  }
});

test('blocks are spelled as a template spells them, and maps as they are', () => {
  secret({
    kind: Kind.ECDSA_P256,
    generateSecretString: { passwordLength: 20, excludePunctuation: true },
    required: [{ alphabet: '!?', count: 2 }],
    encryptionContext: { team: 'blue' },
  }).hasResourceProperties('Custom::GeneratedSecret', {
    Kind: 'ecdsa-p256',
    GenerateSecretString: { PasswordLength: 20, ExcludePunctuation: true },
    Required: [{ Alphabet: '!?', Count: 2 }],
    EncryptionContext: { team: 'blue' },
  });
});

test('a value from outside is that of a parameter which nobody sees', () => {
  const made = stack();
  const token = new CfnParameter(made, 'Token', { noEcho: true });
  new GeneratedSecret(made, 'Api', { env: 'prod', value: SecretValue.cfnParameter(token) });
  Template.fromStack(made).hasResourceProperties('Custom::GeneratedSecret', { Value: { Ref: 'Token' } });
});

test('a secret is kept, unless it is said otherwise', () => {
  const kept = (props: Partial<GeneratedSecretProps>) => {
    const [resource] = Object.values(secret(props).findResources('Custom::GeneratedSecret'));
    return [resource.DeletionPolicy, resource.UpdateReplacePolicy];
  };
  assert.deepEqual(kept({}), ['RetainExceptOnCreate', 'Retain']);
  assert.deepEqual(kept({ removalPolicy: RemovalPolicy.RETAIN }), ['Retain', 'Retain']);
  assert.deepEqual(kept({ removalPolicy: RemovalPolicy.DESTROY }), ['Delete', 'Delete']);
});

test('the getter is there once somebody reads, and gives no more than is read', () => {
  secret().resourceCountIs('Custom::Secret', 0);
  const read = secret({}, (db) => {
    db.field('db.user');
    db.password;
    db.field('db.user');
  });
  read.resourceCountIs('Custom::Secret', 1);
  read.hasResourceProperties('Custom::Secret', { Attributes: ['db.user', 'password'], SecretId: { Ref: Match.anyValue() } });
});

test('several secrets of a stack take the same pair', () => {
  const made = stack();
  new GeneratedSecret(made, 'Db', { env: 'prod' }).password;
  new GeneratedSecret(made, 'Api', { env: 'prod', name: 'api' }).password;
  const other = SecretsPair.fromPairName(made, 'Other', 'another');
  new StoredSecret(made, 'Stored', { pair: other, env: 'prod', stackName: 'blog' }).password;
  const template = Template.fromStack(made);
  template.resourceCountIs('Custom::Secret', 3);
  template.hasResourceProperties('Custom::Secret', { ServiceToken: { 'Fn::ImportValue': 'cfn-secrets-GetterArn' } });
  template.hasResourceProperties('Custom::Secret', { ServiceToken: { 'Fn::ImportValue': 'another-GetterArn' }, Env: 'prod' });
});

test('a copy is published by a pair that may', () => {
  const made = stack();
  const publishing = new SecretsPair(made, 'Pair', { archives, parameterPrefixes: ['/app/'] });
  const db = new GeneratedSecret(made, 'Db', { env: 'prod', pair: publishing });
  const copy = new PublishedSecret(made, 'Copy', { pair: publishing, secretId: db.secretId, parameter: { name: '/app/db' } });
  new CfnOutput(made, 'Arn', { value: copy.parameterArn });
  const template = Template.fromStack(made);
  template.resourceCountIs('AWS::Lambda::Function', 3);
  template.hasResourceProperties('Custom::PublishedSecret', { Parameter: { Name: '/app/db' }, SecretId: { Ref: Match.anyValue() } });
  const without = new SecretsPair(stack(), 'Pair', { archives });
  assert.throws(() => without.publisherArn, /parameterPrefixes or secretPrefixes/);
  const found = SecretsPair.fromArns(made, 'Found', { generatorArn: 'arn:generator', getterArn: 'arn:getter' });
  assert.throws(() => new PublishedSecret(made, 'Other', { pair: found, env: 'prod' }), /has no publisher/);
});

test('whoever is granted reads invokes the getter and nothing else', () => {
  const made = stack();
  const found = SecretsPair.fromArns(made, 'Found', { generatorArn: 'arn:generator', getterArn: 'arn:getter' });
  found.grantRead(new iam.Role(made, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }));
  Template.fromStack(made).hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: 'arn:getter' }] },
  });
});

test('of the pair there is what its props switch on', () => {
  const made = pair();
  assert.deepEqual(Object.keys(made.toJSON().Conditions ?? {}).length, 1); // for the console link, by AWS::Partition
  made.resourceCountIs('AWS::Lambda::Function', 2);
  made.resourceCountIs('AWS::DynamoDB::Table', 1);
  made.resourceCountIs('AWS::DynamoDB::GlobalTable', 0);
  made.resourceCountIs('AWS::Backup::BackupPlan', 0);
  made.allResourcesProperties('AWS::Lambda::Function', { Architectures: ['arm64'] });
  const larger = pair({ backupSchedule: 'cron(0 3 * * ? *)', replicaRegion: 'eu-central-1', allowedEnvs: ['prod', 'dev'] });
  larger.resourceCountIs('AWS::Backup::BackupPlan', 1);
  larger.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
  larger.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { ALLOWED_ENVS: 'prod,dev' } } });
});

test('nothing is left for CloudFormation to decide', (t) => {
  const made = pair({ pairName: 'mine', architecture: Architecture.X86_64 }).toJSON();
  assert.deepEqual(Object.keys(made.Parameters), ['BootstrapVersion']);
  assert.equal(JSON.stringify(made).match(/Fn::If|AWS::NoValue|CodeBucket|"DependsOn":\[\]/), null);
  assert.ok(Object.values<any>(made.Outputs).some((output) => output.Export?.Name === 'mine-GetterArn'));
  t.assert.snapshot(Object.values<any>(made.Resources).map((resource) => resource.Type).sort());
});

test('what is known to CloudFormation alone stays a parameter of the stack', () => {
  const made = stack();
  const boundary = new CfnParameter(made, 'Boundary');
  new SecretsPair(made, 'Pair', { archives, permissionsBoundaryArn: boundary.valueAsString });
  const roles = Object.values(Template.fromStack(made).findResources('AWS::IAM::Role'));
  for (const role of roles) {
    assert.deepEqual(role.Properties.PermissionsBoundary['Fn::If'].slice(1), [{ Ref: 'Boundary' }, { Ref: 'AWS::NoValue' }]);
  }
});

test('what could not work is refused when it is synthesised', () => {
  const refusals: Array<[SecretsPairProps, RegExp]> = [
    [{ subnetIds: ['subnet-1'] }, /SubnetIds needs SecurityGroupIds/],
    [{ replicaRegion: 'eu-central-1', billingMode: BillingMode.PROVISIONED }, /paid for per request/],
    [{ readOnly: true }, /ReadOnly needs ExistingTableName/],
    [{ rolePath: 'team' }, /RolePath is "team", and must be like/],
    [{ recoveryWindowInDays: 400 }, /RecoveryWindowInDays is 400, and must be 365 or less/],
    [{ logRetentionInDays: 2 }, /LogRetentionInDays is 2, and must be one of 1, 3/],
    [{ allowedEnvs: ['prod', 'a b'] }, /AllowedEnvs is "a b"/],
    [{ archives: os.tmpdir() }, /template.json/],
  ];
  for (const [props, reason] of refusals) assert.throws(() => pair(props), reason);
  const made = stack();
  const existing = { existingTableName: 'secrets', existingKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/a' };
  const reading = new SecretsPair(made, 'Pair', { archives, readOnly: true, ...existing });
  assert.throws(() => reading.generatorArn, /readOnly/);
  Template.fromStack(made).resourceCountIs('AWS::Lambda::Function', 1);
});

test('a pair and what uses it may be in one stack', () => {
  const made = stack();
  const own = new SecretsPair(made, 'Pair', { archives });
  new GeneratedSecret(made, 'Db', { env: 'prod', pair: own });
  Template.fromStack(made).hasResourceProperties('Custom::GeneratedSecret', { ServiceToken: { 'Fn::GetAtt': Match.anyValue() } });
  assert.ok(own.output('TableName'));
});

test('the parameters of the template are all props', () => {
  const parameters = JSON.parse(fs.readFileSync(path.join(archives, 'template.json'), 'utf8')).Parameters;
  const wanted = Object.keys(parameters).filter((name) => !name.startsWith('Code'));
  assert.deepEqual(Object.values(PAIR).sort(), wanted.sort());
});
