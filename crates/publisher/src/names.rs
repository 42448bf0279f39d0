//! The names that a resource publishes under, and its PhysicalResourceId, which says them: other names are another id, which
//! CloudFormation replaces the one before by.
//!
//! A Delete goes by its id. Its properties may be those of an Update that failed.

use custom_resource::{Context, PhysicalResourceId, Properties};
use secret_store::publish::Place;

use crate::reason::Failure;

/// What the ids of published secrets begin with.
const ID: &str = "cfn-secrets/published";

/// Neither is in the name of a stack, of a resource or of a copy.
const BEFORE_NAMES: char = '?';
const BETWEEN_NAMES: char = '&';

const PARAMETER: &str = "parameter=";
const SECRET: &str = "secret=";

/// Under which names a secret is published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) parameter: Option<String>,
    pub(crate) secret: Option<String>,
}

impl Names {
    /// Of properties that need not be good.
    pub(crate) fn in_properties(properties: &Properties) -> Self {
        let name = |block: &str| properties.get(block)?.get("Name")?.as_str().map(str::to_owned);
        Self { parameter: name("Parameter"), secret: name("Secret") }
    }

    /// Of an id that the publisher has given out.
    pub(crate) fn in_id(id: &str) -> Option<Self> {
        let (resource, names) = id.split_once(BEFORE_NAMES)?;
        if !resource.starts_with(ID) {
            return None;
        }
        let mut found = Self::default();
        for name in names.split(BETWEEN_NAMES) {
            if let Some(parameter) = name.strip_prefix(PARAMETER) {
                found.parameter = Some(parameter.to_owned());
            } else {
                found.secret = Some(name.strip_prefix(SECRET)?.to_owned());
            }
        }
        Some(found)
    }

    /// The id of the resource that publishes under them.
    pub(crate) fn id(&self, context: &Context) -> Result<PhysicalResourceId, Failure> {
        let resource = context.stable_id(ID).map_err(Failure::Id)?;
        let parameter = self.parameter.iter().map(|name| format!("{PARAMETER}{name}"));
        let secret = self.secret.iter().map(|name| format!("{SECRET}{name}"));
        let names = parameter.chain(secret).collect::<Vec<_>>().join(&BETWEEN_NAMES.to_string());
        PhysicalResourceId::parse(format!("{resource}{BEFORE_NAMES}{names}")).map_err(Failure::Id)
    }

    /// As the marks of versions have them.
    pub(crate) fn place(&self) -> Place {
        let text = |name: &Option<String>| name.clone().unwrap_or_default();
        Place::of(&[&text(&self.parameter), &text(&self.secret)])
    }

    /// Those that are not among these.
    pub(crate) fn without(self, others: &Self) -> Self {
        Self {
            parameter: self.parameter.filter(|name| Some(name) != others.parameter.as_ref()),
            secret: self.secret.filter(|name| Some(name) != others.secret.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use custom_resource::Clock;
    use serde_json::json;

    use super::*;

    fn names(parameter: Option<&str>, secret: Option<&str>) -> Names {
        Names { parameter: parameter.map(str::to_owned), secret: secret.map(str::to_owned) }
    }

    #[test]
    fn an_id_says_the_names() {
        let context = Context::builder(Clock::at(1_800_000_000)).logical_resource_id("DbCopy").build();
        for (names, ending) in [
            (names(Some("/shop/db"), None), "?parameter=/shop/db"),
            (names(None, Some("shop/db=1")), "?secret=shop/db=1"),
            (names(Some("/shop/db"), Some("shop/db@x")), "?parameter=/shop/db&secret=shop/db@x"),
        ] {
            let id = names.id(&context).unwrap().to_string();
            assert_eq!(id, format!("cfn-secrets/published/demo/DbCopy{ending}"));
            assert_eq!(Names::in_id(&id), Some(names));
        }
        let long = names(Some(&"x".repeat(1000)), None);
        assert!(matches!(long.id(&context), Err(Failure::Id(_))));
        for other in ["", "shop-DbCopy-1A2B3C4D5E6F", "cfn-secrets/not-created", "cfn-secrets/published/a/b?x=y"] {
            assert_eq!(Names::in_id(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_kept_is_told_from_what_is_not() {
        let both = names(Some("/a"), Some("b"));
        assert_eq!(both.clone().without(&names(Some("/a"), Some("c"))), names(None, Some("b")));
        assert_eq!(both.clone().without(&Names::default()), both);
        assert_ne!(names(Some("a"), None).place(), names(None, Some("a")).place());
    }

    #[test]
    fn properties_need_not_be_good() {
        for properties in [
            json!({}),
            json!({"Parameter": "x", "Secret": ["y"]}),
            json!({"Parameter": {"Name": {"Ref": "x"}}, "OnDrift": "?"}),
            json!({"Secret": {"Nom": "x"}, "Unknown": 1}),
        ] {
            let found = Names::in_properties(&Properties::from_value(properties.clone()).unwrap());
            assert_eq!(found, Names::default(), "{properties}");
        }
        let left = json!({"Parameter": {"Name": "/shop/a", "Tier": "?"}, "Secret": {"Name": "shop/b"}});
        let left = Names::in_properties(&Properties::from_value(left).unwrap());
        assert_eq!(left, names(Some("/shop/a"), Some("shop/b")));
    }
}
