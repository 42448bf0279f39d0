//! An archive says of each secret what it was, and refuses what is none.

use secrecy::ExposeSecret as _;

use super::*;

fn archive(lines: &[&str]) -> String {
    let header = r#"{"Archive":"cfn-secrets","Format":1,"Id":"00","Table":"secrets","CreatedAt":1,"Secrets":1}"#;
    format!("{header}\n{}\n", lines.join("\n"))
}

fn read_all(text: &str) -> Result<Vec<Wish>, Failure> {
    read(&header(text).unwrap(), text)
}

/// The line of docs/archive-format.md.
const LINE: &str = r#"{"StackName":"shop","Env":"prod","Name":"api","Version":3,"CreatedAt":1764000000,"Value":"hunter2\n","StackId":"manual","LogicalResourceId":"manual","EntropyBits":"190.53","EncryptionContext":{"Team":"web"},"Later":1}"#;

#[test]
fn a_line_of_the_page_is_read() {
    let wishes = read_all(&archive(&[LINE])).unwrap();
    let Wish { stack_name, env, name, value, description, context } = &wishes[0];
    assert_eq!((stack_name.as_str(), env.as_str(), name.as_str()), ("shop", "prod", "api"));
    assert_eq!((value.expose_secret(), context["Team"].as_str()), ("hunter2\n", "web"));
    assert_eq!(description.entropy.unwrap().to_string(), "190.53");
}

#[test]
fn what_is_wrong_is_told_by_its_line_and_never_quoted() {
    for (line, expected) in [
        (LINE.replace("shop", "1shop"), "line 2 of the archive is wrong: StackName must be"),
        (LINE.replace("190.53", "much"), "EntropyBits"),
        (LINE.replace("hunter2\\n", ""), "1 to 300000 bytes"),
        (LINE.replace("\"hunter2\\n\"", "[\"hunter2\"]"), "line 2 of the archive is wrong"),
        (LINE.replace("\"Later\"", "\"PublicKey\":\"hunter2\",\"Later\""), "PublicKeyPem is missing"),
        (LINE[..LINE.len() - 5].to_owned(), "line 2"),
        (format!("{LINE}\n{LINE}"), "says that it has 1 secrets, and has 2"),
    ] {
        let failure = read_all(&archive(&[&line])).unwrap_err();
        assert!(failure.message.contains(expected), "{failure:?}");
        assert!(!format!("{failure:?}").contains("hunter2"), "{failure:?}");
    }
    let later = archive(&[LINE]).replace("\"Format\":1", "\"Format\":2");
    assert!(read_all(&later).unwrap_err().message.contains("has format 2"));
    for text in ["", "{}", "{\"A\":\"1\"}\n", "A=1\n"] {
        assert_eq!(header(text), None);
    }
}
