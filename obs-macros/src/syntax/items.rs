//! The items of a block, told apart by their tokens: nothing inside them is read, so nothing inside them can fail.

use proc_macro2::{Delimiter, Ident, Spacing, Span, TokenStream, TokenTree};

/// One item of a block: its attributes, its head, its body.
pub(crate) struct BlockItem {
    pub(crate) kind: ItemKind,
    /// All of it, from the first attribute on.
    pub(crate) tokens: TokenStream,
}

/// What an item is, as far as an attribute on the block is concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ItemKind {
    /// A function with a body; where its `const` stands.
    Function { constness: Option<Span> },
    /// An `impl` block.
    Impl,
    /// A module written here.
    Module,
    /// A module written in another file; where its name stands.
    File(Span),
    /// Everything else, inner attributes and functions without a body among it.
    Other,
}

/// Splits what stands between the braces of a block.
pub(crate) fn split(tokens: TokenStream) -> Vec<BlockItem> {
    let mut rest = flatten(tokens).into_iter().peekable();
    let mut items = Vec::new();
    while rest.peek().is_some() {
        let mut reader = Reader::default();
        for tree in rest.by_ref() {
            if reader.read(tree) {
                break;
            }
        }
        items.push(reader.finish());
    }
    items
}

/// Tells what the item behind its attributes is.
pub(crate) fn kind_of(tokens: TokenStream) -> ItemKind {
    split(tokens).first().map_or(ItemKind::Other, |item| item.kind)
}

/// Opens the invisible delimiters around whole items, and around what stands in front of them, that a `macro_rules!`
/// fragment brings along. Those around a type, an expression or a body stay: they keep it together.
fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    for tree in tokens {
        match &tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None && opens(&group.stream()) => {
                flat.extend(flatten(group.stream()));
            }
            _ => flat.push(tree),
        }
    }
    flat
}

/// Tells whether the tokens begin as items do and types do not.
fn opens(tokens: &TokenStream) -> bool {
    const WORDS: &[&str] = &[
        "pub", "fn", "async", "const", "unsafe", "extern", "impl", "mod", "struct", "enum", "trait", "type",
        "use", "static",
    ];
    match tokens.clone().into_iter().next() {
        None => true, // a visibility that is not there
        Some(TokenTree::Punct(mark)) => mark.as_char() == '#',
        Some(TokenTree::Ident(word)) => {
            WORDS.iter().any(|w| word == w) && tokens.clone().into_iter().any(|tree| ends_items(&tree))
                || word == "pub"
        }
        Some(TokenTree::Group(inner)) => inner.delimiter() == Delimiter::None && opens(&inner.stream()),
        Some(TokenTree::Literal(_)) => false,
    }
}

fn ends_items(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Punct(mark) => mark.as_char() == ';',
        TokenTree::Group(_) => is_body(tree),
        _ => false,
    }
}

/// How far an item has been read.
#[derive(Default)]
struct Reader {
    tokens: Vec<TokenTree>,
    head: Head,
    /// Open angle brackets; braces between them belong to a const generic.
    angles: usize,
    has_body: bool,
}

/// What the words in front say.
#[derive(Clone, Copy, Default)]
enum Head {
    /// Attributes only.
    #[default]
    Attributes,
    /// `pub`, `unsafe`, `extern "C"` and the like; where `const` stands.
    Words(Option<Span>),
    /// A function; where its `const` stands.
    Function(Option<Span>),
    Impl,
    Module,
    /// A module; where its name stands.
    Named(Span),
    /// An item that ends with `;`, whatever braces are in it.
    Semicolon,
    /// `#![...]`.
    Inner,
    Other,
}

impl Reader {
    /// Takes one token; tells whether it was the item's last.
    fn read(&mut self, tree: TokenTree) -> bool {
        self.head = self.next_head(&tree);
        let ends = self.ends(&tree);
        self.tokens.push(tree);
        ends
    }

    fn ends(&mut self, tree: &TokenTree) -> bool {
        match (self.head, tree) {
            (Head::Inner, TokenTree::Group(_)) => return true,
            (_, TokenTree::Punct(mark)) if mark.as_char() == ';' => return true,
            (Head::Semicolon | Head::Attributes, _) => return false,
            (_, TokenTree::Punct(mark)) if mark.as_char() == '<' => self.angles += 1,
            (_, TokenTree::Punct(mark)) if mark.as_char() == '>' && !self.after_minus() => {
                self.angles = self.angles.saturating_sub(1);
            }
            _ => {}
        }
        self.has_body = self.angles == 0 && is_body(tree);
        self.has_body
    }

    /// Tells whether a `>` would end an arrow.
    fn after_minus(&self) -> bool {
        let last = self.tokens.last();
        matches!(last, Some(TokenTree::Punct(mark)) if mark.as_char() == '-' && mark.spacing() == Spacing::Joint)
    }

    fn next_head(&self, tree: &TokenTree) -> Head {
        let constness = match self.head {
            Head::Attributes => None,
            Head::Words(constness) => constness,
            Head::Module => return Head::Named(tree.span()),
            decided => return decided,
        };
        match tree {
            TokenTree::Punct(mark) if mark.as_char() == '#' => Head::Attributes,
            TokenTree::Punct(mark) if mark.as_char() == '!' && self.is_after('#') => Head::Inner,
            TokenTree::Group(group) if self.is_after('#') && group.delimiter() == Delimiter::Bracket => {
                Head::Attributes
            }
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => Head::Words(constness),
            TokenTree::Literal(_) => Head::Words(constness),
            TokenTree::Ident(word) => self.word(word, constness),
            _ if constness.is_some() => Head::Semicolon,
            _ => Head::Other,
        }
    }

    fn word(&self, word: &Ident, constness: Option<Span>) -> Head {
        match word.to_string().as_str() {
            "const" => Head::Words(Some(word.span())),
            "pub" | "unsafe" | "safe" | "async" | "default" | "extern" => Head::Words(constness),
            "fn" => Head::Function(constness),
            "impl" => Head::Impl,
            "mod" => Head::Module,
            "trait" => Head::Other,
            "static" | "type" | "use" | "crate" => Head::Semicolon,
            _ if constness.is_some() => Head::Semicolon,
            _ => Head::Other,
        }
    }

    fn is_after(&self, mark: char) -> bool {
        matches!(self.tokens.last(), Some(TokenTree::Punct(last)) if last.as_char() == mark)
    }

    fn finish(self) -> BlockItem {
        let kind = match self.head {
            Head::Function(constness) if self.has_body => ItemKind::Function { constness },
            Head::Impl if self.has_body => ItemKind::Impl,
            Head::Named(_) if self.has_body => ItemKind::Module,
            Head::Named(name) => ItemKind::File(name),
            _ => ItemKind::Other,
        };
        BlockItem { kind, tokens: self.tokens.into_iter().collect() }
    }
}

/// Tells whether it is a body in braces, also one that a `macro_rules!` fragment brings along.
fn is_body(tree: &TokenTree) -> bool {
    let TokenTree::Group(group) = tree else {
        return false;
    };
    match group.delimiter() {
        Delimiter::Brace => true,
        Delimiter::None => {
            let mut inner = group.stream().into_iter();
            inner.next().is_some_and(|first| is_body(&first)) && inner.next().is_none()
        }
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
    use quote::quote;

    use super::{ItemKind, split};

    fn kinds(source: &str) -> Vec<&'static str> {
        let items = split(source.parse().unwrap());
        let all: TokenStream = items.iter().map(|item| item.tokens.clone()).collect();
        assert_eq!(all.to_string(), source.parse::<TokenStream>().unwrap().to_string(), "nothing is lost");
        items.iter().map(|item| name(item.kind)).collect()
    }

    fn name(kind: ItemKind) -> &'static str {
        match kind {
            ItemKind::Function { constness: None } => "fn",
            ItemKind::Function { constness: Some(_) } => "const fn",
            ItemKind::Impl => "impl",
            ItemKind::Module => "mod",
            ItemKind::File(_) => "mod;",
            ItemKind::Other => "other",
        }
    }

    #[test]
    fn an_item_ends_where_its_body_does() {
        let functions = "#![allow(x)] #[a] #[b(c)] pub(in a::b) unsafe extern \"C\" fn f<T>() -> A<{ 1 }> where T: Fn() -> u8 { } \
            pub const fn g() -> [u8; { 3 }] { [0; 3] } async fn h() { a > b; } fn i();";
        assert_eq!(kinds(functions), ["other", "fn", "const fn", "fn", "other"]);
        let blocks = "impl<const N: usize> A<{ N }> for B<'_> where C: D<E<F>> { fn a() {} } unsafe impl A for B {} mod m { } mod n; \
            pub mod o {}";
        assert_eq!(kinds(blocks), ["impl", "impl", "mod", "mod;", "mod"]);
    }

    #[test]
    fn an_item_without_a_body_ends_with_a_semicolon() {
        let values = "const A: u8 = { 1 }; const _: () = {}; static B: fn() = { c }; type C = D<{ 1 }>; use a::{b, c}; \
            extern crate d; pub(crate) const F: fn() = || { }; fn f() {}";
        assert_eq!(kinds(values), [["other"; 7].as_slice(), &["fn"]].concat());
        let others = "struct A; struct B { c: u8 } struct C<const N: u8 = { 1 }>(u8); enum D {} union E {} trait F { fn f() {} } \
            extern \"C\" { fn g(); } macro_rules! h { () => {} } i!(j); k! { l } fn f() {}";
        assert_eq!(kinds(others), [["other"; 10].as_slice(), &["fn"]].concat());
    }

    #[test]
    fn half_an_item_is_an_item() {
        assert_eq!(kinds("fn f() { order. } fn g() -> #[a]"), ["fn", "other"]);
        assert_eq!(kinds("#[a]"), ["other"]);
    }

    #[test]
    fn invisible_delimiters_are_looked_through() {
        let hidden = |tokens| TokenTree::Group(Group::new(Delimiter::None, tokens));
        let (nothing, item, body) = (
            hidden(quote!()),
            hidden(quote!(
                #[a]
                fn f() {}
            )),
            hidden(quote!({ 1 })),
        );
        let ty = hidden(quote!(impl Fn() -> u8));
        let items = split(quote!(#nothing fn g() {} #item fn h() -> #ty #body fn i() {}));
        assert_eq!(items.iter().map(|item| name(item.kind)).collect::<Vec<_>>(), ["fn"; 4]);
    }
}
