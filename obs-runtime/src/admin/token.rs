//! Bearer tokens (RFC 6750): what one is, and whether it is the right one.

use std::fmt;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use subtle::ConstantTimeEq;

/// The bytes that a token may have.
const MOST: usize = 4096;

/// Characters of a token below which it can be guessed.
pub(crate) const FEW: u64 = 16;

/// A secret that is shown by who may see everything. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(Padded);

/// A text in as much room as any other one.
#[derive(Clone, PartialEq, Eq)]
struct Padded {
    bytes: Box<[u8]>,
    length: u64,
}

impl Padded {
    /// `None` where there is too much of it.
    fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = vec![0; MOST].into_boxed_slice();
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Padded { bytes, length: text.len() as u64 })
    }
}

impl Token {
    /// Takes it without the space around it, or says what is wrong and what to write. What it is, is never said.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("the token is empty; write one of at least 32 random characters".to_owned());
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "the token has space in it, a control character, or a letter that no header carries; write \
                        letters, digits and `-._~+/=`"
                    .to_owned(),
            );
        }
        let padded = Padded::new(text.as_bytes());
        padded.map(Token).ok_or_else(|| format!("the token is too long; write at most {MOST} characters"))
    }

    /// Tells whether it has so few characters that it can be guessed.
    pub(crate) fn is_short(&self) -> bool {
        self.0.length < FEW
    }

    /// Says so, naming the option that gives it.
    pub(crate) fn told_short(option: &str) -> String {
        format!(
            "the admin server's token has fewer than {FEW} characters and can be guessed; write one of at least 32 random ones in \
             `{option}`"
        )
    }

    /// Tells whether it is the same. How long that takes says nothing of it: neither its length nor where it differs.
    pub(crate) fn matches(&self, presented: &[u8]) -> bool {
        let Some(presented) = Padded::new(presented) else { return false };
        let Token(own) = self;
        bool::from(own.bytes.ct_eq(&presented.bytes) & own.length.ct_eq(&presented.length))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Returns the token that comes with a request (RFC 6750, section 2.1: in the header and nowhere else). Two of them are none:
/// who stands between us and the client may have read the other.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = only.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_that_a_header_carries() {
        let token = Token::new(" s3cr3t-._~+/==\n").unwrap();
        assert!(token.matches(b"s3cr3t-._~+/=="));
        for other in ["", "s3cr3t-._~+/=", "s3cr3t-._~+/===", "S3cr3t-._~+/==", "s3cr3t-._~+/==\0"] {
            assert!(!token.matches(other.as_bytes()), "{other}");
        }
        assert_eq!(format!("{token:?}"), "***");
        for wrong in ["", " \n", "s3 cr3t", "s3\tcr3t", "s3\u{7f}cr3t", "s3crät", &"x".repeat(4097)] {
            let problem = Token::new(wrong).unwrap_err();
            assert!(problem.contains("; write ") && !problem.contains("cr"), "{problem}");
        }
    }

    #[test]
    fn any_length_is_compared_with_any_other() {
        for length in [1, 31, 32, 4095, 4096] {
            let text = "x".repeat(length);
            let token = Token::new(&text).unwrap();
            assert!(token.matches(text.as_bytes()));
            for other in [length - 1, length + 1, 8192] {
                assert!(!token.matches("x".repeat(other).as_bytes()), "{length}, {other}");
            }
            let mut last = text.into_bytes();
            *last.last_mut().unwrap() = b'y';
            assert!(!token.matches(&last), "{length}");
        }
    }

    #[test]
    fn the_header_has_one_bearer_token() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(<[u8]>::to_vec)
        };
        for right in ["Bearer abc", "bearer abc", "BEARER   abc "] {
            assert_eq!(of(&[right]).as_deref(), Some(&b"abc"[..]), "{right}");
        }
        for wrong in
            [&[][..], &["abc"], &["Basic abc"], &["Bearer"], &["Bearerabc"], &["Bearer a", "Bearer a"]]
        {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
        assert_eq!(of(&["Bearer "]).as_deref(), Some(&b""[..]));
    }
}
