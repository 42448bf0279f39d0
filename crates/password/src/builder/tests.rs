//! Which policies are built, and what is said of the others.

use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secrecy::ExposeSecret;

use super::*;

fn refusal(builder: PolicyBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn lengths_outside_the_limits_are_refused() {
    let refused = |length| refusal(Policy::builder().length(length));
    assert_eq!(refused(0), "PasswordLength must be 1 to 4096, not 0");
    assert_eq!(refused(5000), "PasswordLength must be 1 to 4096, not 5000");
    assert_eq!(
        refusal(Policy::builder().engine(Engine::MySql).length(64)),
        "PasswordLength must be 8 to 41 for engine mysql, not 64"
    );
    assert_eq!(Policy::builder().length(4096).build().unwrap().length(), 4096);
}

#[test]
fn entries_of_required_are_bounded() {
    let required = |entries: usize| (0..entries).fold(Policy::builder(), |policy, _| policy.require("a", 1));
    assert!(required(MAX_REQUIRED).build().is_ok());
    assert_eq!(required(MAX_REQUIRED + 1).build().unwrap_err(), PolicyError::TooManyRequirements);
}

#[test]
fn weak_passwords_are_refused_unless_allowed() {
    let ten = Policy::builder().length(10);
    assert!(refusal(ten.clone()).starts_with("the password would have 5"));
    assert_eq!(ten.allow_weak().build().unwrap().length(), 10);
    assert_eq!(
        refusal(Policy::builder().length(3).allow_weak()),
        "a password of 3 characters has no room for all that it must contain: make it longer or require less"
    );
}

#[test]
fn entropy_chooses_the_shortest_length() {
    let policy = Policy::builder().entropy(128).build().unwrap();
    let shorter = Policy::builder().length(policy.length() - 1).build().unwrap();
    assert!(policy.entropy_bits() >= 128.0 && shorter.entropy_bits() < 128.0);
    assert_eq!(
        refusal(Policy::builder().engine(Engine::Oracle).entropy(256)),
        "Entropy must be at most 177 for engine oracle with these characters: ask for less"
    );
    assert_eq!(Policy::builder().engine(Engine::Oracle).entropy(177).build().unwrap().length(), 30);
    assert_eq!(
        refusal(Policy::builder().entropy(128).length(32)),
        "PasswordLength and Entropy exclude each other: give one of them"
    );
}

#[test]
fn what_the_engine_does_not_accept_is_refused_by_name() {
    let mysql = Policy::builder().engine(Engine::MySql);
    assert_eq!(
        refusal(mysql.clone().alphabet("abc/@")),
        r#"Alphabet brings in characters that engine mysql does not accept: leave out "/@""#
    );
    assert_eq!(
        refusal(mysql.include(CharacterType::Space)),
        r#"IncludeSpace brings in characters that engine mysql does not accept: leave out " ""#
    );
    assert_eq!(
        refusal(Policy::builder().engine(Engine::Redshift).exclude(CharacterType::Number)),
        "engine redshift demands at least one digit, but the other options leave none: exclude fewer characters"
    );
}

#[test]
fn contradictions_are_refused() {
    let digits = Policy::builder().alphabet("0123456789");
    assert!(matches!(digits.clone().first_letter().build(), Err(PolicyError::NoFirstCharacter)));
    let hyphens = Policy::builder().alphabet("-").length(8).allow_weak();
    assert!(matches!(hyphens.clone().build(), Err(PolicyError::OnlyHyphens)));
    assert_eq!(hyphens.first_any().build().unwrap().entropy_bits(), 0.0);
    let nothing = digits.exclude(CharacterType::Number);
    assert!(matches!(nothing.build(), Err(PolicyError::NoCharacterLeft)));
    let excluded = Policy::builder().require("!#", 2).exclude_characters("#!");
    assert!(matches!(excluded.build(), Err(PolicyError::RequiredIsExcluded)));
    for text in ["", "ä", "a\n"] {
        let built = Policy::builder().alphabet(text).build();
        assert!(matches!(built, Err(PolicyError::NotPrintable { .. })), "{text:?}");
    }
    let counts = Policy::builder().length(4096).require("ab", 1000).require("cd", 1000);
    assert!(matches!(counts.build(), Err(PolicyError::TooManyRequirements)));
}

#[test]
fn required_characters_join_the_alphabet() {
    let policy = Policy::builder().require("!#", 3).build().unwrap();
    let text = policy.generate(&mut ChaCha12Rng::seed_from_u64(1)).into_secret();
    assert!(text.expose_secret().matches(['!', '#']).count() >= 3);
}
