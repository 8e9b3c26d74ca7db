//! How names are written.

/// Splits a name into lower-case words, at `_`, at everything that no name may hold and where the case changes.
pub(crate) fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let (mut words, mut word) = (Vec::new(), String::new());
    for (at, c) in chars.iter().copied().enumerate() {
        let before = at.checked_sub(1).and_then(|i| chars.get(i));
        let after_lower = before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit());
        let ends_acronym = before.is_some_and(|b| b.is_uppercase())
            && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
        let starts_word = c.is_uppercase() && (after_lower || ends_acronym);
        if (starts_word || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// Returns the name with its words joined by `_`, without what is not ASCII and without digits in front.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = words(name).join("_");
    snake.retain(|c| c.is_ascii());
    snake.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_').to_owned()
}

/// Tells whether it is `[a-z_][a-z0-9_]*`.
pub(crate) fn is_snake(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    starts && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{is_snake, snake, words};

    #[test]
    fn words_end_where_the_case_changes() {
        assert_eq!(words("HTTPServer"), ["http", "server"]);
        assert_eq!(words("UsEast1"), ["us", "east1"]);
        assert_eq!(words("a-b..c"), ["a", "b", "c"]);
        assert_eq!(words("Sha256Sum"), ["sha256", "sum"]);
        assert_eq!(words("_"), Vec::<String>::new());
    }

    #[test]
    fn a_snake_name_is_always_accepted() {
        for name in ["Orders-Total", "9lives", "größe", "__x", "http.requests"] {
            let snake = snake(name);
            assert!(is_snake(&snake), "{name} gave {snake}");
        }
        assert!(!is_snake("") && !is_snake("9a") && !is_snake("aB") && is_snake("_a9"));
    }
}
