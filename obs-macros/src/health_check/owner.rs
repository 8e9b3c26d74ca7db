//! Whose method a check is.

use syn::{Error, Lifetime, Path, Receiver, ReceiverKind, Result, Type};

use crate::diag::Errors;
use crate::syntax::Function;

/// The `impl` block under `#[health_checks]` that a method stands in.
#[derive(Clone)]
pub(crate) struct Owner {
    /// Where the crate is found, if the block says it.
    pub(crate) krate: Option<Path>,
    /// The type that has the method.
    pub(crate) ty: Type,
    /// The trait that declares it.
    pub(crate) of_trait: Option<Path>,
}

/// Refuses `self` where there is no value for it, and where a check could not give it back.
pub(super) fn check_receiver(function: &Function, has_owner: bool) -> Result<()> {
    let mut errors = Errors::default();
    if let Some(receiver) = function.sig.receiver() {
        if !has_owner {
            errors.push(Error::new(
                receiver.self_token.span,
                "a method alone cannot be a health check, for its type is not known here; \
                 put `#[obs::health_checks]` on the `impl` block",
            ));
        } else if !is_shared(receiver) {
            errors.push(Error::new_spanned(
                receiver,
                "a check runs again and again on the one value that was provided; take `&self`",
            ));
        }
    }
    errors.finish(())
}

/// Tells whether it is `&self`, also with its type written out.
fn is_shared(receiver: &Receiver) -> bool {
    let is_free = |lifetime: &Option<Lifetime>| !matches!(lifetime, Some(name) if name.ident == "static");
    match &receiver.kind {
        ReceiverKind::Reference(_, lifetime, None) => is_free(lifetime),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(ty) => {
                let is_self = matches!(&*ty.elem, Type::Path(ty) if ty.path.is_ident("Self"));
                ty.mutability.is_none() && is_free(&ty.lifetime) && is_self
            }
            _ => false,
        },
        _ => false,
    }
}
