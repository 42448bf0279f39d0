//! Whose denial it is, read from the text of a refusal; AWS has no code for it.
//!
//! The texts: IAM User Guide, "Troubleshoot access denied error messages". They name ARNs, so nothing of them is shown.

use secret_store::store::{Denier, Resource};

/// What the text says of a policy, the more telling first: an explicit deny that nobody else is named for is the role's.
const PHRASES: &[(&str, Denier)] = &[
    ("service control policy", Denier::ServiceControlPolicy),
    ("resource control policy", Denier::ResourceControlPolicy),
    ("permissions boundary", Denier::PermissionsBoundary),
    ("session policy", Denier::SessionPolicy),
    ("vpc endpoint policy", Denier::EndpointPolicy),
    ("an explicit deny in a resource-based policy", Denier::ResourcePolicy),
    ("no resource-based policy allows", Denier::ResourcePolicy),
    ("an explicit deny", Denier::ExplicitDeny),
];

/// Who denies it, as far as the text says.
pub(super) fn named_in(resource: &Resource, text: &str) -> Denier {
    let text = text.to_lowercase();
    // A store that may not use its own key says so in the words of the key's service.
    let of_a_key = text.contains("kms:") || text.contains("kms key");
    if matches!(resource, Resource::Store(_)) && of_a_key {
        return Denier::StoresOwnKey;
    }
    let phrase = PHRASES.iter().find(|(phrase, _)| text.contains(phrase));
    phrase.map_or(Denier::Role, |(_, denier)| *denier)
}

#[cfg(test)]
mod tests {
    use secret_store::store::Service;

    use super::*;

    const SERVICE: Service = Service { name: "", noun: "", requirement: "" };

    #[test]
    fn each_text_of_aws_names_its_policy() {
        let on =
            "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: x:Y on resource: arn:aws:x";
        for (end, denier) in [
            ("", Denier::Role),
            (" because no identity-based policy allows the x:Y action", Denier::Role),
            (" with an explicit deny in an identity-based policy", Denier::ExplicitDeny),
            (" with an explicit deny", Denier::ExplicitDeny),
            (" because no service control policy allows the x:Y action", Denier::ServiceControlPolicy),
            (" with an explicit deny in a service control policy", Denier::ServiceControlPolicy),
            (" with an explicit deny in a resource control policy", Denier::ResourceControlPolicy),
            (" because no permissions boundary allows the x:Y action", Denier::PermissionsBoundary),
            (" with an explicit deny in a permissions boundary", Denier::PermissionsBoundary),
            (" because no session policy allows the x:Y action", Denier::SessionPolicy),
            (" because no VPC endpoint policy allows the x:Y action", Denier::EndpointPolicy),
            (" with an explicit deny in a VPC endpoint policy", Denier::EndpointPolicy),
            (" because no resource-based policy allows the x:Y action", Denier::ResourcePolicy),
            (" with an explicit deny in a resource-based policy", Denier::ResourcePolicy),
        ] {
            assert_eq!(named_in(&Resource::Key(SERVICE), &format!("{on}{end}")), denier, "{end}");
            assert_eq!(named_in(&Resource::Store(SERVICE), &format!("{on}{end}")), denier, "{end}");
        }
        let own_key = "KMS key access denied error: User: arn is not authorized to perform: kms:Decrypt";
        assert_eq!(named_in(&Resource::Store(SERVICE), own_key), Denier::StoresOwnKey);
        assert_eq!(named_in(&Resource::Key(SERVICE), own_key), Denier::Role);
    }
}
