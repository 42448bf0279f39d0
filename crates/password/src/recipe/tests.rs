//! What each recipe makes, and which ask for nonsense.

use rand::SeedableRng;
use rand::rngs::ChaCha12Rng;
use secrecy::ExposeSecret;

use super::*;
use crate::engine::Engine;

#[test]
fn every_kind_reads_its_own_name_and_makes_a_strong_text() {
    let mut random = ChaCha12Rng::seed_from_u64(5);
    for kind in TextKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
        let recipe = Recipe::new(kind, None, &Policy::builder()).unwrap();
        assert!(recipe.entropy_bits() >= 77.0, "{kind}");
        let (one, other) = (recipe.generate(&mut random), recipe.generate(&mut random));
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}

#[test]
fn no_text_has_more_bytes_than_its_recipe_says() {
    let mut random = ChaCha12Rng::seed_from_u64(7);
    let plain = Policy::builder();
    let quotes = plain.clone().alphabet(r#""\"#).length(70);
    let exact = |kind, size| Recipe::new(kind, Some(size), &plain).unwrap();
    let recipes = [
        (Recipe::new(TextKind::Uuid, None, &plain).unwrap(), 36),
        (exact(TextKind::Password, 33), 33),
        (exact(TextKind::Hex, 33), 66),
        (exact(TextKind::Base64, 33), 44),
        (exact(TextKind::Base64, 34), 48),
        (exact(TextKind::Base64Url, 34), 46),
        (Recipe::Username(Username::new(9).unwrap()), 9),
        (Recipe::document(r#"{"a": "é{{generate:uuid}}", "b": "{{generate:hex:8}}"}"#, &plain).unwrap(), 72),
        (Recipe::document(r#"{"a": "{{generate}}"}"#, &quotes).unwrap(), 149),
    ];
    for (recipe, bytes) in recipes {
        assert_eq!(recipe.max_bytes(), bytes, "{recipe:?}");
        assert_eq!(recipe.generate(&mut random).expose_secret().len(), bytes, "{recipe:?}");
    }
    let words = exact(TextKind::Passphrase, 128);
    assert_eq!(words.max_bytes(), 1279);
    assert!((0..100).all(|_| words.generate(&mut random).expose_secret().len() <= 1279));
    let with_key = Recipe::with_key(r#"{"a":1}"#, "k\"", exact(TextKind::Password, 40)).unwrap();
    assert_eq!(with_key.generate(&mut random).expose_secret().len(), with_key.max_bytes());
}

#[test]
fn no_kind_makes_what_a_program_takes_for_an_option() {
    let mut random = ChaCha12Rng::seed_from_u64(5);
    let plain = Policy::builder();
    let wide = || plain.clone().include(CharacterType::Punctuation).include(CharacterType::Space);
    let mut recipes: Vec<_> = TextKind::ALL.iter().map(|kind| Recipe::new(*kind, None, &plain).unwrap()).collect();
    recipes.push(Recipe::new(TextKind::Password, None, &wide()).unwrap());
    recipes.push(Recipe::new(TextKind::Password, None, &wide().types_optional()).unwrap());
    recipes.push(Recipe::new(TextKind::Password, None, &plain.clone().url_safe()).unwrap());
    recipes.push(Recipe::new(TextKind::Password, None, &plain.clone().alphabet("abcdefgh-").require("-", 9)).unwrap());
    recipes.push(Recipe::Username(Username::new(8).unwrap()));
    for engine in Engine::ALL {
        recipes.push(Recipe::new(TextKind::Password, None, &plain.clone().engine(engine)).unwrap());
        recipes.push(Recipe::new(TextKind::Password, None, &wide_for(engine)).unwrap());
    }
    for recipe in &recipes {
        assert!((0..2_000).all(|_| !recipe.generate(&mut random).expose_secret().starts_with('-')), "{recipe:?}");
    }
    let json = r#"{"a": "{{generate}}", "b": "{{generate:base64url}}", "c": "{{generate:passphrase:8}}"}"#;
    let document = Recipe::document(json, &plain).unwrap();
    assert!((0..2_000).all(|_| !document.generate(&mut random).expose_secret().contains(r#""-"#)));
    for kind in [TextKind::Password, TextKind::Base64Url] {
        let recipe = Recipe::new(kind, None, &plain.clone().first_any()).unwrap();
        assert!((0..2_000).any(|_| recipe.generate(&mut random).expose_secret().starts_with('-')), "{kind}");
    }
}

fn wide_for(engine: Engine) -> PolicyBuilder {
    Policy::builder().engine(engine).include(CharacterType::Punctuation)
}

#[test]
fn a_uuid_is_of_version_4() {
    let recipe = Recipe::new(TextKind::Uuid, None, &Policy::builder()).unwrap();
    let text = recipe.generate(&mut ChaCha12Rng::seed_from_u64(5)).into_secret();
    let uuid: uuid::Uuid = text.expose_secret().parse().unwrap();
    assert_eq!((uuid.get_version_num(), uuid.get_variant()), (4, uuid::Variant::RFC4122));
    assert_eq!(text.expose_secret().len(), 36);
}

#[test]
fn sizes_and_combinations_that_make_no_sense_are_refused() {
    let refusal = |kind, size, options: &PolicyBuilder| Recipe::new(kind, size, options).unwrap_err().to_string();
    let plain = Policy::builder();
    assert_eq!(refusal(TextKind::Hex, Some(0), &plain), "Bytes must be 1 to 2048, not 0");
    assert_eq!(refusal(TextKind::Passphrase, Some(129), &plain), "Words must be 1 to 128, not 129");
    assert!(refusal(TextKind::Uuid, Some(4), &plain).starts_with("the kind uuid always has 122 bits"));
    assert!(refusal(TextKind::Base64, Some(7), &plain).starts_with("the password would have 56.0 bits"));
    assert!(Recipe::new(TextKind::Base64, Some(7), &plain.clone().allow_weak()).is_ok());
    assert!(Recipe::new(TextKind::Base64Url, Some(8), &plain).is_ok());
    for options in [plain.clone().engine(Engine::MySql), plain.clone().length(8), plain.clone().url_safe()] {
        assert!(refusal(TextKind::Hex, None, &options).ends_with("not for hex: leave them out"));
    }
    let refused = refusal(TextKind::Hex, Some(8), &plain.entropy(128));
    assert_eq!(refused, "Bytes and Entropy exclude each other: give one of them");
}

#[test]
fn every_kind_but_one_reaches_the_entropy_asked_for() {
    let options = Policy::builder().entropy(100);
    for (kind, bits) in [
        (TextKind::Password, 100.0..106.0),
        (TextKind::Alphanumeric, 100.0..106.0),
        (TextKind::Hex, 104.0..104.1),
        (TextKind::Base64, 104.0..104.1),
        (TextKind::Base64Url, 103.97..104.0), // 13 bytes, and no hyphen first
        (TextKind::Passphrase, 103.0..104.0),
    ] {
        let recipe = Recipe::new(kind, None, &options).unwrap();
        assert!(bits.contains(&recipe.entropy_bits()), "{kind}: {}", recipe.entropy_bits());
    }
    assert!(Recipe::new(TextKind::Uuid, None, &options).is_err());
}

#[test]
fn alphanumeric_holds_letters_and_digits_alone() {
    let recipe = Recipe::new(TextKind::Alphanumeric, Some(500), &Policy::builder()).unwrap();
    let text = recipe.generate(&mut ChaCha12Rng::seed_from_u64(5)).into_secret();
    assert!(text.expose_secret().chars().all(|character| character.is_ascii_alphanumeric()));
    assert_eq!(text.expose_secret().len(), 500);
}
