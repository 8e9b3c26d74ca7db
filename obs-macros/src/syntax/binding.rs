//! What a function's arguments are called in its body.

use proc_macro2::Ident;
use syn::{FnArg, Pat, Receiver, ReceiverKind, Signature, Type};

/// One name that an argument brings into the body.
pub(crate) struct Binding {
    /// The name; `self` for the receiver.
    pub(crate) ident: Ident,
    /// Whether it is declared `mut`.
    pub(crate) is_mut: bool,
    /// Which reference it is, as far as it is written out.
    pub(crate) reference: Option<Reference>,
}

/// A reference.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reference {
    Shared,
    Mutable,
}

impl Binding {
    /// Returns the names of all arguments, those inside patterns too.
    pub(crate) fn of(sig: &Signature) -> Vec<Self> {
        let mut found = Vec::new();
        for arg in &sig.inputs {
            match arg {
                FnArg::Receiver(receiver) => found.push(Binding::receiver(receiver)),
                FnArg::Typed(arg) => collect(&arg.pat, Reference::of(&arg.ty), &mut found),
            }
        }
        found
    }

    /// Tells whether the value may be written to.
    pub(crate) fn is_writable(&self) -> bool {
        match self.reference {
            Some(reference) => reference == Reference::Mutable,
            None => self.is_mut,
        }
    }

    fn receiver(receiver: &Receiver) -> Self {
        let reference = match &receiver.kind {
            ReceiverKind::Reference(_, _, Some(_)) => Some(Reference::Mutable),
            ReceiverKind::Reference(_, _, None) => Some(Reference::Shared),
            ReceiverKind::Typed(_, ty) => Reference::of(ty),
            _ => None,
        };
        Binding {
            ident: Ident::new("self", receiver.self_token.span),
            is_mut: receiver.mutability.is_some(),
            reference,
        }
    }
}

impl Reference {
    fn of(ty: &Type) -> Option<Self> {
        match ty {
            Type::Reference(r) if r.mutability.is_some() => Some(Reference::Mutable),
            Type::Reference(_) => Some(Reference::Shared),
            Type::Paren(inner) => Reference::of(&inner.elem),
            Type::Group(inner) => Reference::of(&inner.elem),
            _ => None,
        }
    }
}

/// Collects the names in a pattern. Inside a compound pattern the types are not written out.
fn collect(pat: &Pat, reference: Option<Reference>, found: &mut Vec<Binding>) {
    match pat {
        Pat::Ident(pat) => {
            found.push(Binding { ident: pat.ident.clone(), is_mut: pat.mutability.is_some(), reference });
            if let Some((_, inner)) = &pat.subpat {
                collect(inner, None, found);
            }
        }
        Pat::Paren(pat) => collect(&pat.pat, reference, found),
        Pat::Reference(pat) => collect(&pat.pat, None, found),
        Pat::Struct(pat) => pat.fields.iter().for_each(|f| collect(&f.pat, None, found)),
        Pat::Tuple(pat) => pat.elems.iter().for_each(|p| collect(p, None, found)),
        Pat::TupleStruct(pat) => pat.elems.iter().for_each(|p| collect(p, None, found)),
        Pat::Slice(pat) => pat.elems.iter().for_each(|p| collect(p, None, found)),
        _ => {}
    }
}
