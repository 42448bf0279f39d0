//! What the services take, as AWS's API models and guides say it: checked before a call, because no emulator does, and because a
//! refusal of the service names neither the limit nor what to do.

/// What is wrong with a name, a value or a comment: what came in unless it may be secret, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Breach(String);

fn breach(text: impl Into<String>) -> Result<(), Breach> {
    Err(Breach(text.into()))
}

/// What a name is called in a message: it is the operator's own, and may be long.
fn shown(name: &str) -> String {
    format!("{:?}", name.chars().take(80).collect::<String>())
}

/// Parameter Store (API reference, `PutParameter`; Systems Manager User Guide, "Working with parameter versions").
pub mod parameter {
    use super::{Breach, breach, shown};
    use crate::Tier;

    /// Of a standard parameter's value, in UTF-8.
    pub const STANDARD_BYTES: usize = 4096;
    /// Of an advanced one's.
    pub const ADVANCED_BYTES: usize = 8192;
    /// Of a description, in characters.
    pub const DESCRIPTION: usize = 1024;
    /// Versions that are kept; the oldest goes with the next one, unless it has a label: then the next one is refused.
    pub const VERSIONS: u64 = 100;
    /// Levels of a hierarchy.
    pub const LEVELS: usize = 15;
    /// Of the name with all of its ARN that stands before it.
    pub const NAME_WITH_ARN: usize = 1011;
    /// What stands there, beside partition and region: `arn::ssm::`, an account, `:parameter/`.
    const ARN: usize = "arn::ssm::123456789012:parameter/".len();

    /// How long a value of this tier may be.
    pub const fn most_bytes(tier: Tier) -> usize {
        match tier {
            Tier::Standard => STANDARD_BYTES,
            Tier::Advanced => ADVANCED_BYTES,
        }
    }

    /// A name in this region.
    ///
    /// # Errors
    /// For one that the service refuses.
    pub fn name(name: &str, region: &str) -> Result<(), Breach> {
        let parts: Vec<&str> = name.strip_prefix('/').unwrap_or(name).split('/').collect();
        let fits = |part: &&str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        };
        if !parts.iter().all(fits) {
            return breach(format!(
                "{} cannot be the name of a parameter: it is made of letters, digits, '_', '.' and '-', with one '/' between parts",
                shown(name)
            ));
        }
        if parts.len() > 1 && !name.starts_with('/') {
            return breach(format!(
                "{} cannot be the name of a parameter: one with a '/' begins with one",
                shown(name)
            ));
        }
        if parts.len() > LEVELS {
            return breach(format!("{} has {} levels: a parameter has at most {LEVELS}", shown(name), parts.len()));
        }
        let first = parts[0].to_ascii_lowercase();
        if first.starts_with("aws") || first.starts_with("ssm") {
            return breach(format!(
                "{} cannot be the name of a parameter: names that begin with `aws` or `ssm` are AWS's own",
                shown(name)
            ));
        }
        let most = NAME_WITH_ARN - ARN - aws_session::partition(region).len() - region.len();
        if name.len() > most {
            return breach(format!(
                "{} has {} characters: in {region} a parameter's name has at most {most}",
                shown(name),
                name.len()
            ));
        }
        Ok(())
    }

    /// A value of this tier.
    ///
    /// # Errors
    /// For one that the service refuses.
    pub fn value(value: &str, tier: Tier) -> Result<(), Breach> {
        let (bytes, most) = (value.len(), most_bytes(tier));
        if bytes == 0 {
            return breach("a parameter has no empty value");
        }
        if bytes > most {
            let advice = match tier {
                Tier::Standard => ", and an advanced one, which costs, 8192",
                Tier::Advanced => "",
            };
            let tier = match tier {
                Tier::Standard => "a standard parameter",
                Tier::Advanced => "an advanced parameter",
            };
            return breach(format!("the value has {bytes} bytes: {tier} holds {most}{advice}"));
        }
        if value.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")) {
            return breach(
                "the value has `{{` and `}}` in it, which Parameter Store takes for a reference and refuses",
            );
        }
        Ok(())
    }

    /// A description.
    ///
    /// # Errors
    /// For one that the service refuses.
    pub fn description(text: &str) -> Result<(), Breach> {
        let characters = text.chars().count();
        if characters > DESCRIPTION {
            return breach(format!("the comment has {characters} characters: a parameter's has at most {DESCRIPTION}"));
        }
        Ok(())
    }
}

/// Secrets Manager (API reference, `CreateSecret` and `PutSecretValue`).
pub mod secret {
    use super::{Breach, breach, shown};

    /// Of a value, in UTF-8.
    pub const BYTES: usize = 65_536;
    /// Of a name.
    pub const NAME: usize = 512;
    /// Of a description, in characters.
    pub const DESCRIPTION: usize = 2048;
    /// Of a token.
    pub const TOKEN: std::ops::RangeInclusive<usize> = 32..=64;
    /// Labels on all versions of a secret.
    pub const STAGES: usize = 20;
    /// Days that a deleted secret can be restored.
    pub const RECOVERY_DAYS: std::ops::RangeInclusive<u16> = 7..=30;

    /// A name.
    ///
    /// # Errors
    /// For one that the service refuses.
    pub fn name(name: &str) -> Result<(), Breach> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte);
        if !(1..=NAME).contains(&name.len()) || !name.bytes().all(fits) {
            return breach(format!(
                "{} cannot be the name of a secret: it is 1 to {NAME} letters, digits and /_+=.@-",
                shown(name)
            ));
        }
        Ok(())
    }

    /// Whether a name ends in a hyphen and six more characters, as the ARN of a secret does: the service takes it, and whoever
    /// looks for a secret by a part of its ARN may get this one.
    pub fn reads_as_an_arn(name: &str) -> bool {
        let end = name.len().checked_sub(7).and_then(|start| name.as_bytes().get(start..));
        end.is_some_and(|end| end[0] == b'-' && end[1..].iter().all(u8::is_ascii_alphanumeric))
    }

    /// A value.
    ///
    /// # Errors
    /// For one that the service refuses.
    pub fn value(value: &str) -> Result<(), Breach> {
        match value.len() {
            0 => breach("a secret has no empty value"),
            bytes if bytes > BYTES => breach(format!("the value has {bytes} bytes: a secret holds {BYTES}")),
            _ => Ok(()),
        }
    }

    /// A description.
    ///
    /// # Errors
    /// For one that the service refuses.
    pub fn description(text: &str) -> Result<(), Breach> {
        let characters = text.chars().count();
        if characters > DESCRIPTION {
            return breach(format!("the comment has {characters} characters: a secret's has at most {DESCRIPTION}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
