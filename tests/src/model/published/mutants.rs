//! Wrong publishers, each a mistake that somebody has made or might make: wrong decisions, and services that are asked or heard
//! wrongly. The promises must catch every one.

use std::collections::BTreeMap;

use secret_store::publish::{
    Arrival, Before, Decision, Decisions, Hand, OnConflict, OnDrift, Removal, RemovalDecision, Standing, Wish, decide,
    decide_removal,
};
use secret_store::{RequestToken, UnixTime};
use serde_json::{Value, json};

use super::aws::Said;

/// Which mistake; [`Mutant::None`] is the real thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// The publisher as it is shipped.
    None,
    /// Somebody else's change is written over.
    OverwritesDrift,
    /// Somebody else's copy is taken over.
    AdoptsAnything,
    /// A request that was held back takes somebody else's copy over, which takes a history of its own.
    AdoptsLate,
    /// What somebody removed is published anew.
    ForgetsTheRemoval,
    /// What was asked for later does not count.
    IgnoresLateness,
    /// What AWS rotates is written.
    WritesWhatIsRotated,
    /// Each request writes, whatever is there.
    WritesAlways,
    /// A Delete removes what is there.
    RemovesAnything,
    /// A Delete does not look at the names that it is for.
    RemovesTheReplacements,
    /// A Delete that comes late removes what is newer.
    RemovesTheNewer,
    /// A version's token is that of the value, so that putting an old one back succeeds and does nothing.
    TokenOfTheValue,
    /// And nobody looks whether it is current.
    TokenOfTheValueUnseen,
    /// A mark is believed whoever inherited it.
    InheritsMarks,
    /// The number that a write comes to is not looked at.
    TrustsTheNumber,
}

impl Mutant {
    /// All the wrong ones that some thousand histories catch.
    pub const ALL: [Self; 13] = [
        Self::OverwritesDrift,
        Self::AdoptsAnything,
        Self::ForgetsTheRemoval,
        Self::IgnoresLateness,
        Self::WritesWhatIsRotated,
        Self::WritesAlways,
        Self::RemovesAnything,
        Self::RemovesTheReplacements,
        Self::RemovesTheNewer,
        Self::TokenOfTheValue,
        Self::TokenOfTheValueUnseen,
        Self::InheritsMarks,
        Self::TrustsTheNumber,
    ];

    /// What the publisher decides with.
    pub fn decisions(self) -> Decisions {
        let real = Decisions::default();
        match self {
            Self::OverwritesDrift => Decisions { decide: overwrites_drift, ..real },
            Self::AdoptsAnything => Decisions { decide: adopts_anything, ..real },
            Self::AdoptsLate => Decisions { decide: adopts_late, ..real },
            Self::ForgetsTheRemoval => Decisions { decide: forgets_the_removal, ..real },
            Self::IgnoresLateness => Decisions { decide: ignores_lateness, ..real },
            Self::WritesWhatIsRotated => Decisions { decide: writes_what_is_rotated, ..real },
            Self::WritesAlways => Decisions { decide: writes_always, ..real },
            Self::RemovesAnything => Decisions { decide_removal: removes_anything, ..real },
            Self::RemovesTheReplacements => Decisions { decide_removal: removes_the_replacements, ..real },
            Self::RemovesTheNewer => Decisions { decide_removal: removes_the_newer, ..real },
            Self::None
            | Self::TokenOfTheValue
            | Self::TokenOfTheValueUnseen
            | Self::InheritsMarks
            | Self::TrustsTheNumber => real,
        }
    }
}

fn overwrites_drift(wish: &Wish, standing: &Standing) -> Decision {
    decide(&Wish { on_drift: OnDrift::Overwrite, ..wish.clone() }, standing)
}

fn adopts_anything(wish: &Wish, standing: &Standing) -> Decision {
    decide(&Wish { on_conflict: OnConflict::Adopt, ..wish.clone() }, standing)
}

fn adopts_late(wish: &Wish, standing: &Standing) -> Decision {
    decide(&Wish { arrival: Arrival::Prompt, ..wish.clone() }, standing)
}

fn forgets_the_removal(wish: &Wish, standing: &Standing) -> Decision {
    let before = if *standing == Standing::Nothing { Before::Never } else { wish.before };
    decide(&Wish { before, ..wish.clone() }, standing)
}

/// Neither its own mark nor a later one is known again.
fn ignores_lateness(wish: &Wish, standing: &Standing) -> Decision {
    let mut wish = wish.clone();
    wish.mark.at = UnixTime(u64::MAX);
    let Standing::There(mut there) = standing.clone() else { return decide(&wish, standing) };
    there.others.clear();
    decide(&wish, &Standing::There(there))
}

fn writes_what_is_rotated(wish: &Wish, standing: &Standing) -> Decision {
    let mut standing = standing.clone();
    if let Standing::There(there) = &mut standing {
        there.hand = Hand::Anybody;
    }
    decide(wish, &standing)
}

/// The content is always another one.
fn writes_always(wish: &Wish, standing: &Standing) -> Decision {
    let decided = decide(wish, standing);
    let Decision::Answer(_) = decided else { return decided };
    let mut other = wish.clone();
    other.mark.content = secret_store::publish::Content::of(&[], &[]);
    other.mark.request = wish.mark.request;
    decide(&other, standing)
}

fn removes_anything(removal: &Removal, standing: &Standing) -> RemovalDecision {
    match standing {
        Standing::There(_) => RemovalDecision::Remove,
        _ => decide_removal(removal, standing),
    }
}

fn removes_the_replacements(removal: &Removal, standing: &Standing) -> RemovalDecision {
    match standing {
        Standing::There(there) => {
            let place = there.current.mark.map_or(removal.place, |mark| mark.place);
            decide_removal(&Removal { place, ..*removal }, standing)
        }
        _ => decide_removal(removal, standing),
    }
}

fn removes_the_newer(removal: &Removal, standing: &Standing) -> RemovalDecision {
    decide_removal(&Removal { at: UnixTime(u64::MAX), ..*removal }, standing)
}

/// Between the publisher and the services: how a mutant's calls differ.
#[derive(Debug)]
pub(super) struct Lies {
    mutant: Mutant,
    /// Which mark was given last for a token of a value.
    marks: BTreeMap<String, String>,
}

impl Lies {
    pub(super) fn of(mutant: Mutant) -> Self {
        Self { mutant, marks: BTreeMap::new() }
    }

    fn is_of_the_value(&self) -> bool {
        matches!(self.mutant, Mutant::TokenOfTheValue | Mutant::TokenOfTheValueUnseen)
    }

    /// What is asked in place of this.
    pub(super) fn asks(&mut self, operation: &str, mut input: Value) -> Value {
        if self.is_of_the_value() && matches!(operation, "CreateSecret" | "PutSecretValue") {
            let token = RequestToken::manual(input["SecretString"].as_str().unwrap_or_default()).to_string();
            let mark = input["ClientRequestToken"].as_str().unwrap_or_default().to_owned();
            self.marks.insert(token.clone(), mark);
            input["ClientRequestToken"] = json!(token);
        }
        input
    }

    /// What is heard in place of that.
    pub(super) fn hears(&mut self, operation: &str, asked: &Value, said: Said) -> Said {
        let mut said = said?;
        match (self.mutant, operation) {
            (Mutant::TokenOfTheValue | Mutant::TokenOfTheValueUnseen, "CreateSecret" | "PutSecretValue") => {
                said["VersionId"] = json!(self.mark_of(said["VersionId"].as_str().unwrap_or_default()));
                if self.mutant == Mutant::TokenOfTheValueUnseen {
                    said["VersionStages"] = json!(["AWSCURRENT"]);
                }
            }
            (Mutant::TokenOfTheValue | Mutant::TokenOfTheValueUnseen, "DescribeSecret") => {
                let stages = said["VersionIdsToStages"].as_object().cloned().unwrap_or_default();
                let renamed = stages.into_iter().map(|(id, labels)| (self.mark_of(&id), labels));
                said["VersionIdsToStages"] = Value::Object(renamed.collect());
            }
            (Mutant::InheritsMarks, "GetParameterHistory") => {
                for version in said["Parameters"].as_array_mut().into_iter().flatten() {
                    let number = version["Version"].clone();
                    let renumbered = version["Description"].as_str().and_then(|text| {
                        let (before, _) = text.rsplit_once('.')?;
                        Some(format!("{before}.{number}]"))
                    });
                    if let Some(text) = renumbered {
                        version["Description"] = json!(text);
                    }
                }
            }
            (Mutant::TrustsTheNumber, "PutParameter") => {
                let number = asked["Description"].as_str().and_then(|text| text.rsplit_once('.')?.1.strip_suffix(']'));
                if let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) {
                    said["Version"] = json!(number);
                }
            }
            _ => {}
        }
        Ok(said)
    }

    fn mark_of(&self, token: &str) -> String {
        self.marks.get(token).cloned().unwrap_or_else(|| token.to_owned())
    }
}
