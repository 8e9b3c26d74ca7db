//! The label of an annotated function, out of the type name of an item inside it.

/// Turns the type name of an item inside a function into `function` or `Type::method`.
///
/// `app::orders::<impl app::Shop<_>>::place::{{closure}}::__obs_path` in module `app::orders` gives `Shop::place`.
pub(crate) fn function_label(path: &str, module: &str) -> String {
    let mut segments: Vec<String> =
        split(path.strip_prefix(module).and_then(|p| p.strip_prefix("::")).unwrap_or(path))
            .into_iter()
            .filter(|s| *s != "{{closure}}")
            .map(type_of_segment)
            .collect();
    segments.pop(); // the item itself
    if segments.is_empty() { path.to_owned() } else { segments.join("::") }
}

/// Splits at `::` outside angle brackets.
fn split(path: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0usize);
    let bytes = path.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' => depth += 1,
            // The arrow of `dyn Fn(u8) -> u8` closes nothing.
            b'>' if at.checked_sub(1).and_then(|before| bytes.get(before)) != Some(&b'-') => {
                depth = depth.saturating_sub(1);
            }
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                parts.push(path.get(start..at).unwrap_or_default());
                start = at + 2;
            }
            _ => {}
        }
    }
    parts.push(path.get(start..).unwrap_or_default());
    parts
}

/// `<impl a::b::T<_>>` and `<a::T<_> as a::Trait>` and `T<_>` give `T`.
fn type_of_segment(segment: &str) -> String {
    let inner = segment.strip_prefix('<').and_then(|s| s.strip_suffix('>')).unwrap_or(segment);
    let inner = inner.strip_prefix("impl ").unwrap_or(inner);
    let inner = inner.split_once(" as ").map_or(inner, |(ty, _)| ty);
    let inner = inner.split_once(" for ").map_or(inner, |(_, ty)| ty);
    let inner = inner.split_once('<').map_or(inner, |(ty, _)| ty);
    inner.rsplit("::").next().unwrap_or(inner).to_owned()
}

#[cfg(test)]
mod tests {
    use super::function_label;

    #[test]
    fn the_label_names_function_and_type_without_module_and_generics() {
        let label = |path| function_label(path, "app::orders");
        assert_eq!(label("app::orders::place::__obs_path"), "place");
        assert_eq!(label("app::orders::place::{{closure}}::__obs_path"), "place");
        assert_eq!(label("app::orders::Shop<_>::place::__obs_path"), "Shop::place");
        assert_eq!(label("app::orders::<impl app::Shop<u8>>::place::{{closure}}::__obs_path"), "Shop::place");
        assert_eq!(label("<app::orders::Shop<_> as app::orders::Place>::place::__obs_path"), "Shop::place");
        assert_eq!(label("app::orders::Place::place::__obs_path"), "Place::place");
        assert_eq!(label("app::orders::outer::inner::__obs_path"), "outer::inner");
        assert_eq!(
            label("<dyn core::ops::Fn(u8) -> u8 as app::orders::Go>::go::__obs_path"),
            "Fn(u8) -> u8::go"
        );
        let boxed = "<alloc::boxed::Box<dyn core::ops::Fn(u8) -> u8> as app::orders::Go>::go::__obs_path";
        assert_eq!(label(boxed), "Box::go");
    }
}
