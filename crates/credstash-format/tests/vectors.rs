//! What credstash and its clients in other languages stored: read here, written here, and every changed byte found.
//!
//! The vectors are not made by this code (tests/vectors/credstash/README.md says by what).

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use credstash_format::{Attribute, Attributes, DataKey, Digest, Item, Place, Version, open, seal};
use proptest::prelude::*;
use serde_json::Value;

fn vectors(name: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/vectors/credstash/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    match value {
        Value::Object(repeated) => {
            let count = usize::try_from(repeated["count"].as_u64().unwrap()).unwrap();
            repeated["repeat"].as_str().unwrap().repeat(count)
        }
        value => value.as_str().unwrap().to_owned(),
    }
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// An item as DynamoDB's API has it.
fn attributes(wire: &Value) -> Attributes {
    let attribute = |value: &Value| match (value["S"].as_str(), value["B"].as_str()) {
        (Some(text), _) => Some(Attribute::Text(text.to_owned())),
        (_, Some(bytes)) => Some(Attribute::Bytes(STANDARD.decode(bytes).unwrap())),
        _ => None,
    };
    let wire = wire.as_object().unwrap().iter();
    wire.filter_map(|(name, value)| Some((name.clone(), attribute(value)?))).collect()
}

fn place(attributes: &Attributes) -> Place {
    let text = |name: &str| match &attributes[name] {
        Attribute::Text(text) => text.clone(),
        Attribute::Bytes(_) => panic!("{name} is a binary"),
    };
    Place { name: text("name"), version: Version::stored(text("version")) }
}

#[test]
fn what_credstash_seals_is_sealed_alike() {
    let vectors = vectors("fixed_key_vectors.json");
    assert_eq!(vectors.len(), 12);
    for vector in vectors {
        let key = DataKey::new((0..64).collect());
        let place = Place { name: "a".to_owned(), version: Version::first() };
        let digest = Digest::of_stored(vector["digest"].as_str().unwrap()).unwrap();
        let item = seal(place, text(&vector["plaintext"]).as_bytes(), &key, b"WRAPPED-KEY-BLOB".to_vec(), digest);
        let written = item.unwrap().to_attributes();
        assert_eq!(written["contents"], Attribute::Text(text(&vector["contents"])));
        assert_eq!(written["hmac"], Attribute::Bytes(text(&vector["hmac"]).into_bytes()));
        assert_eq!(written["key"], Attribute::Text(text(&vector["key"])));
        assert_eq!(written["digest"], Attribute::Text(text(&vector["digest"])));
    }
}

#[test]
fn what_was_stored_is_read() {
    let vectors = vectors("stored_items.json");
    assert_eq!(vectors.len(), 20);
    for vector in vectors {
        let attributes = attributes(&vector["item_wire"]);
        let item = Item::of_attributes(&place(&attributes), &attributes).unwrap();
        let key = DataKey::new(bytes(vector["data_key_hex"].as_str().unwrap()));
        assert_eq!(**open(&item, &key).unwrap(), *text(&vector["plaintext"]).as_bytes(), "{:?}", item.place);
    }
}

/// An item with one byte changed opens to nothing, or says the same in another case.
#[test]
fn every_byte_that_is_changed_is_found() {
    for vector in vectors("stored_items.json") {
        let whole = attributes(&vector["item_wire"]);
        let asked = place(&whole);
        let key = DataKey::new(bytes(vector["data_key_hex"].as_str().unwrap()));
        for name in ["name", "version", "contents", "hmac", "digest"] {
            let Some(old) = whole.get(name) else { continue };
            let old = match old {
                Attribute::Text(text) => text.as_bytes(),
                Attribute::Bytes(bytes) => bytes,
            };
            for at in 0..old.len() {
                for flip in (0..7).map(|bit| 1 << bit) {
                    let mut new = old.to_vec();
                    new[at] ^= flip;
                    let same = matches!(name, "hmac" | "digest") && new.eq_ignore_ascii_case(old);
                    let Ok(new) = String::from_utf8(new) else { continue };
                    let mut changed = whole.clone();
                    changed.insert(name.to_owned(), Attribute::Text(new.clone()));
                    let item = Item::of_attributes(&asked, &changed);
                    let opened = item.ok().and_then(|item| open(&item, &key).ok());
                    assert_eq!(opened.is_some(), same, "{name} of {asked:?} became {new:?}");
                }
            }
        }
        for at in 0..64 {
            let mut other = bytes(vector["data_key_hex"].as_str().unwrap());
            let Some(byte) = other.get_mut(at) else { continue };
            *byte ^= 1;
            let item = Item::of_attributes(&asked, &whole).unwrap();
            // The first half only decrypts, and KMS hands out both halves or none.
            assert!(at < 32 || open(&item, &DataKey::new(other)).is_err(), "{at}");
        }
    }
}

/// Every item that is cut off anywhere opens to nothing.
#[test]
fn a_truncated_item_is_found() {
    for vector in vectors("stored_items.json") {
        let whole = attributes(&vector["item_wire"]);
        let asked = place(&whole);
        let key = DataKey::new(bytes(vector["data_key_hex"].as_str().unwrap()));
        for name in ["contents", "hmac"] {
            let Attribute::Text(old) = (match &whole[name] {
                Attribute::Bytes(bytes) => Attribute::Text(String::from_utf8(bytes.clone()).unwrap()),
                text => text.clone(),
            }) else {
                unreachable!()
            };
            for length in 0..old.len() {
                let mut cut = whole.clone();
                cut.insert(name.to_owned(), Attribute::Text(old[..length].to_owned()));
                let item = Item::of_attributes(&asked, &cut);
                assert!(item.map_or(true, |item| open(&item, &key).is_err()), "{name} to {length}");
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens(
        value in prop::collection::vec(any::<u8>(), 0..600),
        key in prop::array::uniform32(any::<u8>()),
        digest in prop::sample::select(&Digest::ALL[..]),
        name in ".{1,20}",
        version in ".{0,24}",
        comment in prop::option::of(".{1,9}"),
    ) {
        let key = DataKey::new([key, key].concat());
        let place = Place { name, version: Version::to_write(&version) };
        let mut item = seal(place.clone(), &value, &key, b"key".to_vec(), digest).unwrap();
        item.comment = comment;
        let read = Item::of_attributes(&place, &item.to_attributes()).unwrap();
        prop_assert_eq!(&read, &item);
        let opened = open(&read, &key).unwrap();
        prop_assert_eq!(&**opened, &*value);
        prop_assert_eq!(read.ciphertext.len(), value.len());
    }

    #[test]
    fn the_part_of_another_item_does_not_open(one in "[a-z]{1,40}", other in "[a-z]{1,40}") {
        prop_assume!(one != other);
        let (key, its) = (DataKey::new(vec![1; 64]), DataKey::new(vec![2; 64]));
        let place = Place { name: "a".to_owned(), version: Version::first() };
        let item = seal(place.clone(), one.as_bytes(), &key, Vec::new(), Digest::Sha256).unwrap();
        let another = seal(place, other.as_bytes(), &its, Vec::new(), Digest::Sha256).unwrap();
        for mixed in [
            Item { ciphertext: another.ciphertext.clone(), ..item.clone() },
            Item { hmac: another.hmac.clone(), ..item.clone() },
        ] {
            prop_assert!(open(&mixed, &key).is_err());
        }
        prop_assert!(open(&another, &key).is_err());
    }

    #[test]
    fn a_number_that_is_written_is_read_and_counted(number in 0..i64::MAX) {
        let written = Version::to_write(&number.to_string());
        prop_assert_eq!(&Version::to_read(written.as_str()).unwrap(), &written);
        let next = written.next().unwrap();
        prop_assert!(next > written);
    }
}
