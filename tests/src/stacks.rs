//! Stacks of ministack's CloudFormation: the pair's own, with the real functions behind it, and those that use it.

use std::{process::Command, time::Duration};

use serde_json::{Map, Value, json};

use crate::{
    aws::{Account, Function, Store},
    function, iam,
    ministack::REGION,
    paths, python, template,
};

/// Puts archives there, each of whose only file starts the binary that was built.
const UPLOAD: &str = "
import io, sys, zipfile, boto3
endpoint, account, region, bucket, *binaries = sys.argv[1:]
s3 = boto3.client('s3', endpoint_url=endpoint, region_name=region, aws_access_key_id=account, aws_secret_access_key='root')
s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={'LocationConstraint': region})
for binary in binaries:
    entry, archive = zipfile.ZipInfo('bootstrap'), io.BytesIO()
    entry.external_attr = 0o755 << 16
    with zipfile.ZipFile(archive, 'w') as writer:
        writer.writestr(entry, '#!/bin/sh\\nexec ' + binary + '\\n')
    s3.put_object(Bucket=bucket, Key=binary.rsplit('/', 1)[1] + '.zip', Body=archive.getvalue())
";

impl Account {
    /// Makes a stack that has nothing but these outputs.
    pub async fn create_stack(&self, name: &str, outputs: &[(&str, &str)]) -> String {
        let handle = json!({"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}});
        self.create_stack_of(name, &json!({"Resources": handle, "Outputs": listed(outputs)}).to_string(), &[]).await
    }

    /// Makes the pair's stack, with functions that answer.
    pub async fn create_pair(&self, name: &str, outputs: &[(&str, &str)]) -> String {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ]});
        let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
        let mut resources = Map::new();
        self.upload();
        for function in Function::ALL {
            let kind = match self.store {
                Store::Table => "dynamodb",
                Store::Bucket => "s3",
            };
            let mut variables: Map<_, _> =
                self.variables(*function).map(|(name, value)| (name, json!(value))).collect();
            variables.insert("STORE".to_owned(), json!(kind));
            let called = format!("{function:?}");
            let role = json!({"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": &trust, "Policies": [{"PolicyName": "all", "PolicyDocument": &all}],
            }});
            let function = json!({"Type": "AWS::Lambda::Function", "Properties": {
                "FunctionName": format!("{name}-{}", function.binary()), "Runtime": "provided.al2023",
                "Handler": "bootstrap", "Code": {"S3Bucket": self.bucket(), "S3Key": format!("{}.zip", function.binary())},
                "Timeout": timeout(&format!("{called}Function")), "Architectures": ["arm64"], "Environment": {"Variables": variables},
                "Role": {"Fn::GetAtt": [format!("{called}Role"), "Arn"]},
            }});
            resources.extend([(format!("{called}Role"), role), (format!("{called}Function"), function)]);
        }
        let template = json!({"Resources": resources, "Outputs": listed(outputs)});
        self.create_stack_of(name, &template.to_string(), &[]).await
    }

    /// Makes a stack of this template, and waits for its end. Its id.
    pub async fn create_stack_of(&self, name: &str, template: &str, parameters: &[(&str, &str)]) -> String {
        let mut create = vec![
            ("Action".to_owned(), "CreateStack"),
            ("StackName".to_owned(), name),
            ("TemplateBody".to_owned(), template),
            ("Capabilities.member.1".to_owned(), "CAPABILITY_IAM"),
        ];
        for (index, (name, value)) in parameters.iter().enumerate() {
            create.push((format!("Parameters.member.{}.ParameterKey", index + 1), name));
            create.push((format!("Parameters.member.{}.ParameterValue", index + 1), value));
        }
        let create: Vec<_> = create.iter().map(|(name, value)| (&**name, *value)).collect();
        iam::call(self, "cloudformation", &create).await.unwrap();
        let describe = [("Action", "DescribeStacks"), ("StackName", name)];
        loop {
            let described = iam::call(self, "cloudformation", &describe).await.unwrap();
            match &*iam::element(&described, "StackStatus") {
                "CREATE_COMPLETE" => return iam::element(&described, "StackId"),
                status if status.ends_with("_IN_PROGRESS") => tokio::time::sleep(Duration::from_millis(20)).await,
                status => panic!("stack {name} is {status}: {described}"),
            }
        }
    }

    /// What CloudFormation says of a stack.
    pub async fn described(&self, stack: &str) -> String {
        let describe = [("Action", "DescribeStacks"), ("StackName", stack)];
        iam::call(self, "cloudformation", &describe).await.unwrap()
    }

    /// Where the functions' archives are; buckets of all accounts have one space of names.
    fn bucket(&self) -> String {
        format!("functions-{}", self.id)
    }

    fn upload(&self) {
        function::build_once();
        let mut python = Command::new(python::program("python"));
        python.args(["-c", UPLOAD, &format!("http://{}", self.endpoint), &self.id, REGION, &self.bucket()]);
        python.args(Function::ALL.iter().map(|function| paths::profile_folder().join(function.binary())));
        assert!(python.status().unwrap().success());
    }
}

/// As the template has it.
fn timeout(function: &str) -> Value {
    let template = template::as_written();
    let own = &template["Resources"][function]["Properties"]["Timeout"];
    if own.is_null() { template["Globals"]["Function"]["Timeout"].clone() } else { own.clone() }
}

fn listed(outputs: &[(&str, &str)]) -> Value {
    let outputs: Map<_, _> =
        outputs.iter().map(|(name, value)| ((*name).to_owned(), json!({"Value": value}))).collect();
    outputs.into()
}
