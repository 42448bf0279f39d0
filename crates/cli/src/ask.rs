//! A value from outside: a prompt where somebody sits, else standard input. Never an argument.

use std::io::Read as _;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::Failure;

/// The longest that is read: what a secret may hold, and room for a newline.
const MOST: u64 = secret_store::seal::MAX_VALUE_BYTES as u64 + 2;

/// A value: without the one newline that an editor or `echo` puts behind it.
pub(crate) fn for_a_value(prompt: &str, context: &Context) -> Result<SecretString, Failure> {
    if context.edge.terminals.stdin {
        if !context.may_ask() {
            return Err(
                Failure::refused("a value is wanted, and nobody may be asked for it").hint("send it on standard input")
            );
        }
        let answer = rpassword::prompt_password(prompt);
        return answer.map(SecretString::from).map_err(|_| Failure::refused("the prompt was given up"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    std::io::stdin().lock().take(MOST).read_to_end(&mut bytes)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::refused("standard input is not UTF-8 text"))?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(Failure::refused("standard input is empty").hint("send the value on it"));
    }
    Ok(SecretString::from(text))
}
