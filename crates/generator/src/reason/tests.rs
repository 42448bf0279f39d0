//! The words for what fails: what happened, and what to do.

use secret_store::{Owner, StackId};

use super::*;

fn refused(refusal: Refusal) -> String {
    let identity = Box::new(Identity {
        store: "secrets".parse().unwrap(),
        stack_name: "shop".parse().unwrap(),
        env: "prod".parse().unwrap(),
        name: "default".parse().unwrap(),
    });
    Error::from(Failure::Refused { refusal, identity }).to_string()
}

#[test]
fn a_refusal_names_the_secret_and_the_way_out() {
    let owner = Owner::Resource {
        stack_id: StackId::new("arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1"),
        logical_resource_id: secret_store::LogicalResourceId::new("DbSecret"),
    };
    let secret = "the secret default of shop in Env prod (table secrets)";
    for (refusal, expected) in [
        (
            Refusal::Expired,
            "this request came too late: nobody waits for its answer any more; nothing was changed".to_owned(),
        ),
        (
            Refusal::Erased,
            format!(
                "{secret} has no version of this resource with this RotationTrigger any more; nothing was changed. Give \
                     RotationTrigger a new value to make a new secret value"
            ),
        ),
        (
            Refusal::Taken { owner: owner.clone(), adoptable: true },
            format!(
                "{secret} belongs to {owner}. Give this one a Name of its own, or set OnConflict: adopt to take its \
                 value over"
            ),
        ),
        (
            Refusal::Taken { owner: owner.clone(), adoptable: false },
            format!("{secret} belongs to {owner}. Give this one a Name of its own, or delete the other one first"),
        ),
    ] {
        assert_eq!(refused(refusal), expected);
    }
}

#[test]
fn a_cause_is_told_with_what_it_led_to() {
    let unknown = "rot13".parse::<password::TextKind>().unwrap_err();
    let error = OriginError::from(password::SecretStringTemplateError::from(unknown));
    assert_eq!(
        Error::from(Failure::from(error)).to_string(),
        "SecretStringTemplate has a placeholder of an unknown kind: must be one of password, passphrase, alphanumeric, hex, \
         base64, base64url, uuid"
    );
}
