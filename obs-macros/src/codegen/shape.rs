//! What kind of call a function is, as far as its signature tells.

use syn::{GenericArgument, GenericParam, Path, PathArguments, ReturnType, Signature, Type, TypeParamBound};

use super::output::erased;

/// How a function's work is done, and so when its call begins and ends.
pub(crate) enum Shape {
    /// When it returns.
    Sync,
    /// `async fn`.
    Async,
    /// What `#[async_trait]` makes of an `async fn`: everything is in the future.
    AsyncTrait,
    /// It returns a future.
    Future(Made),
    /// It returns a stream.
    Stream(Made),
}

/// What a function makes that works later.
pub(crate) struct Made {
    /// Whether it is a `Pin<Box<dyn _>>`.
    pub(crate) boxed: bool,
    /// What it gives, if that is written out; `_` for what cannot be named.
    pub(crate) gives: Option<Type>,
}

impl Shape {
    /// Reads a signature; `boxed` says that the return type is another name for a boxed future.
    pub(crate) fn of(sig: &Signature, boxed: bool) -> Self {
        if sig.asyncness.is_some() {
            return Shape::Async;
        }
        let ReturnType::Type(_, output) = &sig.output else {
            return Shape::Sync;
        };
        let shape = match of_type(output) {
            Shape::Sync if boxed => Shape::Future(Made { boxed, gives: None }),
            shape => shape,
        };
        match shape {
            Shape::Future(Made { boxed: true, .. }) if is_async_trait(sig) => Shape::AsyncTrait,
            shape => shape,
        }
    }

    /// Tells whether the work begins after the function has returned.
    pub(crate) fn is_deferred(&self) -> bool {
        matches!(self, Shape::Future(_) | Shape::Stream(_))
    }
}

/// The lifetime that `#[async_trait]` declares says that everything the future needs outlives it.
fn is_async_trait(sig: &Signature) -> bool {
    let named = |param: &GenericParam| match param {
        GenericParam::Lifetime(param) => param.lifetime.ident == "async_trait",
        _ => false,
    };
    sig.generics.params.iter().any(named)
}

fn of_type(ty: &Type) -> Shape {
    match ty {
        Type::ImplTrait(ty) => of_bounds(ty.bounds.iter(), false),
        Type::Group(ty) => of_type(&ty.elem),
        Type::Paren(ty) => of_type(&ty.elem),
        Type::Path(ty) if ty.qself.is_none() => of_path(&ty.path),
        _ => Shape::Sync,
    }
}

fn of_path(path: &Path) -> Shape {
    let Some(last) = path.segments.last() else {
        return Shape::Sync;
    };
    let made = || Made { boxed: true, gives: types(&last.arguments).last().map(erased) };
    match last.ident.to_string().as_str() {
        "BoxFuture" | "LocalBoxFuture" => Shape::Future(made()),
        "BoxStream" | "LocalBoxStream" => Shape::Stream(made()),
        "Pin" => types(&last.arguments).next().map_or(Shape::Sync, of_pinned),
        _ => Shape::Sync,
    }
}

/// Reads `Box<dyn Future<Output = T> + ...>`.
fn of_pinned(ty: &Type) -> Shape {
    let Type::Path(ty) = without_group(ty) else {
        return Shape::Sync;
    };
    let Some(last) = ty.path.segments.last().filter(|last| last.ident == "Box") else {
        return Shape::Sync;
    };
    match types(&last.arguments).next().map(without_group) {
        Some(Type::TraitObject(object)) => of_bounds(object.bounds.iter(), true),
        _ => Shape::Sync,
    }
}

fn of_bounds<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>, boxed: bool) -> Shape {
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else {
            continue;
        };
        let Some(last) = bound.path.segments.last() else {
            continue;
        };
        let made = |name| Made { boxed, gives: associated(&last.arguments, name) };
        match last.ident.to_string().as_str() {
            "Future" => return Shape::Future(made("Output")),
            "Stream" => return Shape::Stream(made("Item")),
            _ => {}
        }
    }
    Shape::Sync
}

/// Returns `T` of `Future<Output = T>`.
fn associated(arguments: &PathArguments, name: &str) -> Option<Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(ty) if ty.ident == name => Some(erased(&ty.ty)),
        _ => None,
    })
}

fn types(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let arguments = match arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn without_group(ty: &Type) -> &Type {
    match ty {
        Type::Group(ty) => without_group(&ty.elem),
        Type::Paren(ty) => without_group(&ty.elem),
        ty => ty,
    }
}

#[cfg(test)]
mod tests {
    use super::{Made, Shape};
    use quote::ToTokens;
    use syn::{Signature, parse_quote};

    fn shape(sig: &Signature) -> String {
        let told = |kind: &str, made: Made| {
            let gives = made.gives.map(|ty| ty.to_token_stream().to_string()).unwrap_or_default();
            format!("{}{kind} {gives}", if made.boxed { "boxed " } else { "" })
        };
        match Shape::of(sig, false) {
            Shape::Sync => "sync".to_owned(),
            Shape::Async => "async".to_owned(),
            Shape::AsyncTrait => "async_trait".to_owned(),
            Shape::Future(made) => told("future", made),
            Shape::Stream(made) => told("stream", made),
        }
    }

    #[test]
    fn futures_and_streams_are_known_by_their_names() {
        let cases: [(Signature, &str); 11] = [
            (parse_quote!(fn f() -> u8), "sync"),
            (parse_quote!(async fn f() -> impl Future<Output = u8>), "async"),
            (parse_quote!(fn f() -> impl Send + ::core::future::Future<Output = u8> + 'a), "future u8"),
            (parse_quote!(fn f() -> impl Future<Output = Box<impl Fn()>>), "future Box < _ >"),
            (parse_quote!(fn f() -> Pin<Box<dyn Future<Output = u8> + Send>>), "boxed future u8"),
            (parse_quote!(fn f() -> BoxFuture<'_, Result<u8, E>>), "boxed future Result < u8 , E >"),
            (parse_quote!(fn f() -> impl Stream<Item = u8>), "stream u8"),
            (parse_quote!(fn f() -> Pin<Box<dyn Stream<Item = u8>>>), "boxed stream u8"),
            (parse_quote!(fn f<'async_trait>() -> Pin<Box<dyn Future<Output = u8>>>), "async_trait"),
            (parse_quote!(fn f() -> impl IntoFuture<Output = u8>), "sync"),
            (parse_quote!(fn f() -> Pin<Box<u8>>), "sync"),
        ];
        for (sig, expected) in &cases {
            assert_eq!(shape(sig), *expected);
        }
    }
}
