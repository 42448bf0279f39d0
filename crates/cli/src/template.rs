//! A stack's template, read for one thing: which parameter is a resource's `RotationTrigger`.

use serde_json::Value;

/// The parameter that the property refers to, in a template of JSON or YAML. A short tag of YAML, `!Ref NAME`, is read as
/// its text alone, which then may as well be no reference: whether there is such a parameter, and whether it has the value
/// that the secret was made with, its stack tells.
pub(crate) fn trigger_parameter(template: &str, logical_resource_id: &str) -> Option<String> {
    let template: Value = serde_json::from_str(template).ok().or_else(|| serde_saphyr::from_str(template).ok())?;
    let trigger = &template["Resources"][logical_resource_id]["Properties"]["RotationTrigger"];
    let name = trigger.as_str().or_else(|| trigger.as_object()?.get("Ref")?.as_str())?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_however_it_is_written() {
        let of = |property: &str| {
            let template = format!(
                "AWSTemplateFormatVersion: \"2010-09-09\"\nConditions:\n  Failing: !Equals [!Ref Fail, \"yes\"]\nResources:\n  Db:\n    \
                 Type: Custom::GeneratedSecret\n    Properties:\n      ServiceToken: !ImportValue x\n      \
                 Sub: !Sub [\"${{A}}\", {{A: !GetAtt B.c}}]\n      RotationTrigger: {property}\n"
            );
            trigger_parameter(&template, "Db")
        };
        assert_eq!(of("!Ref Trigger").as_deref(), Some("Trigger"));
        assert_eq!(of("{Ref: Trigger}").as_deref(), Some("Trigger"));
        assert_eq!(of("\"2026-11\"").as_deref(), Some("2026-11"));
        assert_eq!(of("!Sub \"${Trigger}-1\"").as_deref(), Some("${Trigger}-1"));
        assert_eq!(of("!Select [0, [a]]"), None);
        let json = r#"{"Resources": {"Db": {"Properties": {"RotationTrigger": {"Ref": "Trigger"}}}}}"#;
        assert_eq!(trigger_parameter(json, "Db").as_deref(), Some("Trigger"));
        assert_eq!(trigger_parameter(json, "Other"), None);
        assert_eq!(trigger_parameter("%", "Db"), None);
    }
}
