//! The limits that are held before a call, beside those of AWS's API models: a newer model with another limit is told here.

use std::process::Command;

use serde_json::{Value, json};
use targets_aws::limits::{parameter, secret};
use tests::python;

/// The shapes of botocore's models.
const SHAPES: &str = "
import gzip, json, pathlib, botocore
def shapes(service):
    model = max(pathlib.Path(botocore.__file__).parent.glob(f'data/{service}/*/service-2.json.gz'))
    return json.load(gzip.open(model))['shapes']
print(json.dumps({service: {name: {k: shape[k] for k in ('min', 'max') if k in shape} for name, shape in shapes(service).items()}
                  for service in ('ssm', 'secretsmanager')}))
";

#[tokio::test]
async fn the_limits_are_those_of_the_models() {
    let python = Command::new(python::program_beside_credstash("python")).args(["-c", SHAPES]).output().unwrap();
    let shapes: Value = serde_json::from_slice(&python.stdout).unwrap();
    let (ssm, secrets) = (&shapes["ssm"], &shapes["secretsmanager"]);
    for (shape, least, most) in [
        (&ssm["ParameterDescription"], 0, parameter::DESCRIPTION),
        (&ssm["ParameterNameList"], 1, targets_aws::Parameters::MOST_VALUES),
        (&secrets["NameType"], 1, secret::NAME),
        (&secrets["SecretStringType"], 1, secret::BYTES),
        (&secrets["ClientRequestTokenType"], *secret::TOKEN.start(), *secret::TOKEN.end()),
        (&secrets["SecretVersionStagesType"], 1, secret::STAGES),
    ] {
        assert_eq!(*shape, json!({"min": least, "max": most}));
    }
    assert_eq!(secrets["DescriptionType"]["max"], secret::DESCRIPTION);
    // "Includes 1037 characters that are reserved for internal use".
    assert_eq!(ssm["PSParameterName"]["max"], parameter::NAME_WITH_ARN + 1037);
}
