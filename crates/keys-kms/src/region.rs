//! Which key decrypts here what a key encrypted, perhaps in another region.
//!
//! KMS takes a key of its own region alone. A multi-Region key has the same id in each region that it is replicated to,
//! and each of them decrypts what another one encrypted (AWS KMS Developer Guide, "Multi-Region keys in AWS KMS").

use secret_store::KeyArn;
use secret_store::store::StoreError;

/// The ARN of that key in `region`.
///
/// # Errors
/// [`StoreError::KeyElsewhere`] for a key that only another region has.
pub(crate) fn key_in(region: Option<&str>, key: &KeyArn) -> Result<String, StoreError> {
    let KeyArn(arn) = key;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let (Some(region), ["arn", partition, "kms", its_region, account, resource]) = (region, parts.as_slice()) else {
        return Ok(arn.clone());
    };
    if *its_region == region {
        Ok(arn.clone())
    } else if resource.starts_with("key/mrk-") {
        Ok(format!("arn:{partition}:kms:{region}:{account}:{resource}"))
    } else {
        Err(StoreError::KeyElsewhere { region: (*its_region).to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multi_region_key_is_asked_for_where_the_function_is() {
        let here = Some("eu-central-1");
        for (region, stored, asked) in [
            (here, "arn:aws:kms:eu-west-1:123456789012:key/mrk-1", "arn:aws:kms:eu-central-1:123456789012:key/mrk-1"),
            (here, "arn:aws-cn:kms:cn-north-1:1:key/mrk-1", "arn:aws-cn:kms:eu-central-1:1:key/mrk-1"),
            (here, "arn:aws:kms:eu-central-1:1:key/mrk-1", "arn:aws:kms:eu-central-1:1:key/mrk-1"),
            (here, "arn:aws:kms:eu-central-1:1:key/1", "arn:aws:kms:eu-central-1:1:key/1"),
            (here, "mrk-1", "mrk-1"),
            (here, "not an ARN", "not an ARN"),
            (None, "arn:aws:kms:eu-west-1:1:key/1", "arn:aws:kms:eu-west-1:1:key/1"),
        ] {
            assert_eq!(key_in(region, &KeyArn(stored.to_owned())).unwrap(), asked);
        }
    }

    #[test]
    fn another_key_of_another_region_is_named_by_its_region() {
        for arn in ["arn:aws:kms:eu-west-1:1:key/1", "arn:aws:kms:eu-west-1:1:alias/mrk-1"] {
            let error = key_in(Some("eu-central-1"), &KeyArn(arn.to_owned())).unwrap_err();
            assert!(matches!(error, StoreError::KeyElsewhere { region } if region == "eu-west-1"));
        }
    }
}
